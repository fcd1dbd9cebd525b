/**
 * Each public reader with files that grow. The time grows no faster than the file, the memory stays
 * a small multiple of it, and the event loop gets its turn.
 *
 * The times are processor times, and the least of some tries counts: a busy machine only adds.
 */
import { assertEquals } from "@std/assert";
import process from "node:process";
import {
  inspectCredentials,
  mcFetch,
  McFetchError,
  readPkcs12,
  readPrivateKey,
  writePkcs12,
} from "../mod.ts";
import { fixture, testExceptOn } from "./support/context.ts";
import { type Cost, measureCost } from "./support/growth.ts";
import { GROWING } from "./support/growth_files.ts";

type File = Uint8Array<ArrayBuffer>;

/** Nothing listens there. The files are read first. */
const URL = "https://127.0.0.1:1/";
const passphrase = "changeit";
/** Other limits for each call. With the same credentials, it would use the client of the last. */
let calls = 0;
const limits = () => ({ maxIterations: 4_000_000 + calls++ });
const SMALL = new Uint8Array([...fixture("ec.key"), ...fixture("ec.pem")]);
const good = { cert: fixture("ec.pem"), key: fixture("ec.key") };

/** The public functions that read key files. */
const READERS: Readonly<Record<string, (file: File) => Promise<unknown>>> = {
  "mcFetch, cert and key": (file) =>
    mcFetch(URL, undefined, { cert: file, key: file, passphrase, limits: limits() }),
  "mcFetch, pfx": (file) => mcFetch(URL, undefined, { pfx: file, passphrase, limits: limits() }),
  "mcFetch, extraCa": (file) =>
    mcFetch(URL, undefined, { ...good, extraCa: file, limits: limits() }),
  inspectCredentials: (file) => inspectCredentials({ cert: file, key: file, passphrase }),
  readPkcs12: (file) => readPkcs12(file, { passphrase }),
  readPrivateKey: (file) => readPrivateKey(file, { passphrase }),
  writePkcs12: (file) => writePkcs12({ key: file, cert: file, passphrase, iterations: 1000 }),
  "writePkcs12, chain": (file) =>
    writePkcs12({ ...good, chain: file, passphrase, iterations: 1000 }),
};

/** The readers of files that use up the budget, which takes seconds. The others read them alike. */
const SLOW: Readonly<Record<string, readonly string[]>> = {
  "keys and certificates": ["inspectCredentials"],
  "keys and certificates in bags": ["readPkcs12"],
};

/** `MC_MTLS_GROWTH=full` measures all readers closely, on a machine that does nothing else. */
const IS_FULL = process.env.MC_MTLS_GROWTH === "full";
/** The readers of PEM and PKCS#12. They have most of the loops. */
const QUICK = ["inspectCredentials", "readPkcs12"];

const SIZES = IS_FULL ? [1, 2, 4] : [1, 4];
const TRIES = 4;
/** The longest time without a turn of the event loop, in milliseconds of processor time. */
const MAX_BLOCKED = IS_FULL ? 50 : 400;
/** The most that four times the file may cost, as a multiple of the time of the file. */
const MAX_RATIO = IS_FULL ? 7 : 10;
/** Times below this are noise, in milliseconds. */
const NOISE = IS_FULL ? 60 : 400;
/** The most memory: a multiple of the file, and what the runtime needs for itself. */
const MAX_MULTIPLE = 10;
const OWN_MEMORY = 64 * 2 ** 20;

/** Reads a file. An error of another class fails the test. */
async function read(reader: (file: File) => Promise<unknown>, file: File): Promise<string> {
  try {
    await reader(file);
    return "";
  } catch (error) {
    if (error instanceof McFetchError) return error.message;
    throw error;
  }
}

/** Returns the least of both costs, for each of its parts. */
function least(a: Cost, b: Cost): Cost {
  return {
    time: Math.min(a.time, b.time),
    blocked: Math.min(a.blocked, b.blocked),
    memory: Math.min(a.memory, b.memory),
  };
}

function judge(costs: readonly Cost[], sizes: readonly number[], own: Cost): string[] {
  const [first, last] = [costs[0], costs.at(-1)];
  const problems: string[] = [];
  costs.forEach(({ blocked, memory }, i) => {
    if (blocked > MAX_BLOCKED + own.blocked) {
      problems.push(`no turn of the event loop for ${blocked.toFixed()} ms`);
    }
    const most = MAX_MULTIPLE * sizes[i]! + OWN_MEMORY;
    if (memory > most) {
      problems.push(
        `${(memory / 2 ** 20).toFixed()} MiB for ${(sizes[i]! / 2 ** 20).toFixed(1)} MiB`,
      );
    }
  });
  if (last!.time > MAX_RATIO * Math.max(first!.time, NOISE / SIZES.at(-1)!)) {
    problems.push(`time grows faster: ${costs.map(({ time }) => time.toFixed()).join(", ")} ms`);
  }
  return problems;
}

/** The cost of each reader with a small file: opening a client, and a failed connection. */
const baselines = new Map(
  Object.entries(READERS).map(([name, reader]) => {
    let found: Promise<Cost> | undefined;
    const measure = async () => {
      let cost = await measureCost(() => read(reader, SMALL));
      for (let i = 0; i < 3; i++) cost = least(cost, await measureCost(() => read(reader, SMALL)));
      return cost;
    };
    return [name, () => found ??= measure()];
  }),
);

for (const [dimension, make] of Object.entries(GROWING)) {
  testExceptOn(
    { workerd: "it shows neither its memory nor its processor time" },
    dimension,
    async () => {
      const files = SIZES.map((size) => new Uint8Array(make(size)));
      const sizes = files.map(({ length }) => length);
      const failures: string[] = [];
      for (const [name, reader] of Object.entries(READERS)) {
        if (!(SLOW[dimension] ?? (IS_FULL ? [name] : QUICK)).includes(name)) continue;
        const own = await baselines.get(name)!();
        const costs: Cost[] = [];
        let problems: string[] = [];
        for (let attempt = 0; attempt < TRIES; attempt++) {
          for (const [i, file] of files.entries()) {
            const cost = await measureCost(() => read(reader, file));
            costs[i] = costs[i] === undefined ? cost : least(costs[i], cost);
          }
          problems = judge(costs, sizes, own);
          if (problems.length === 0) break;
        }
        failures.push(...problems.map((problem) => `${name}: ${problem}`));
      }
      assertEquals(failures, []);
    },
  );
}
