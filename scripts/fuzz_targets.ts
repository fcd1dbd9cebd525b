/**
 * What is fuzzed: each parser that takes bytes from outside. Whatever the bytes are, it answers with a
 * result or a `McFetchError`, within a second.
 */
import { McFetchError } from "../lib/errors.ts";
import { loadIdentity } from "../lib/identity/identity.ts";
import { readPkcs12 } from "../lib/identity/read_pkcs12.ts";
import { readPkcs7 } from "../lib/keys/pkcs7.ts";
import { readPrivateKey } from "../lib/identity/read_private_key.ts";
import { pfx } from "./fuzz_seeds.ts";

/** One parser under the fuzzer; rejects where the input is a finding. */
export type Target = (input: Uint8Array) => Promise<void>;

/** The passphrase of the seeds. */
const PASSPHRASE = "changeit";
/** An input may not ask for more work than this, or the fuzzer would spend its time in hashes. */
const LIMITS = { maxRounds: 8192, maxScryptMemory: 1 << 20 };
const OPTIONS = { passphrase: PASSPHRASE, limits: LIMITS };
/** The longest that one input may take, in milliseconds. */
const TIME_LIMIT = 1000;

/** The slowest input so far, and what it took, in milliseconds. */
export const slowest: { ms: number; input: Uint8Array } = { ms: 0, input: new Uint8Array(0) };

/** Parses once; how long that took, in milliseconds. */
async function time(parse: () => unknown): Promise<number> {
  const started = performance.now();
  try {
    await parse();
  } catch (error) {
    if (!(error instanceof McFetchError)) throw error;
  }
  return performance.now() - started;
}

function target(parse: (input: Uint8Array) => unknown): Target {
  return async (input) => {
    let ms = await time(() => parse(input));
    // where the machine was busy with something else, a second try shows it
    if (ms > TIME_LIMIT / 4) ms = Math.min(ms, await time(() => parse(input)));
    if (ms > slowest.ms) Object.assign(slowest, { ms, input: input.slice() });
    if (ms > TIME_LIMIT) throw new Error(`It took ${ms.toFixed()} ms`);
  };
}

const latin1 = new TextDecoder("latin1");

/** Each target by its name. */
export const TARGETS: Readonly<Record<string, Target>> = {
  pkcs12: target((input) => readPkcs12(input, OPTIONS)),
  // a right file around wrong bags, without a MAC, so that no checksum keeps the fuzzer out
  safeContents: target((input) => readPkcs12(pfx(input), OPTIONS)),
  privateKey: target((input) => readPrivateKey(input, OPTIONS)),
  pem: target((input) => readPrivateKey(latin1.decode(input), OPTIONS)),
  pkcs7: target((input) => readPkcs7(input, "the file")),
  identity: target((input) => loadIdentity({ cert: input, key: input, ...OPTIONS })),
};
