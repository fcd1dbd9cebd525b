/**
 * Renews the files of a certificate while requests are in flight, on Node, Deno and Bun:
 * `npm run soak:renewal`, or `npm run soak:renewal -- --seconds 20 --swaps 10 node`.
 *
 * The files are replaced by `rename`, by a symbolic link, and in place, half of a file first. No
 * request may fail, each certificate must be used, at most two may have open connections at a time,
 * and the process must end by itself.
 */
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { certificatePem, issue, type Issued, keyPem } from "../lib/sandbox/pki.ts";
import type { RenewalResult, RenewalTask } from "./renewal_client.ts";
import { CACHE, findRuntimes, ROOT, run, type Runtime, type RuntimeName } from "./runtimes.ts";

/** The folder of the client's bundle. A loader of TypeScript would slow down each `import()`. */
const BUNDLE = join(CACHE, "renewal");

/** The flags with which each runtime runs the client. */
const FLAGS: Partial<Record<RuntimeName, readonly string[]>> = {
  Node: [],
  Deno: ["run", "--allow-all", "--no-check"],
  Bun: [],
};

/** The time until the server answers, in milliseconds. */
const DELAY = 200;
/** The time for which a file stays half, in milliseconds. */
const HALF_TIME = 250;
/** The longest wait until a certificate is used, in milliseconds. */
const MAX_WAIT = 20_000;
/** The longest time between the last answer and the end of the process, in milliseconds. */
const MAX_TIME_TO_EXIT = 10_000;

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Server that counts the certificates with open connections. */
interface CountingServer {
  readonly server: Server;
  readonly url: string;
  /** The most certificates with open connections at a time. */
  most: number;
  /** The connections so far. */
  connections: number;
  /** The certificates of all requests so far. */
  readonly seen: Set<string>;
  /** True to tell the client to stop. */
  isOver: boolean;
}

async function startServer(ca: Issued): Promise<CountingServer> {
  const certificate = await issue({ commonName: "localhost", use: "server" }, ca);
  const open = new Map<TLSSocket, string>();
  const server = createServer({
    cert: certificatePem(certificate),
    key: await keyPem(certificate),
    ca: certificatePem(ca),
    requestCert: true,
  });
  const seen = new Set<string>();
  const counting: CountingServer = {
    server,
    url: "",
    most: 0,
    connections: 0,
    seen,
    isOver: false,
  };
  server.on("request", async (request, response) => {
    const name = nameOf(request.socket as TLSSocket);
    await sleep(DELAY);
    request.resume();
    seen.add(name);
    if (counting.isOver) response.setHeader("x-over", "true");
    response.end(name);
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    open.set(socket, nameOf(socket));
    socket.once("close", () => open.delete(socket));
    counting.connections++;
    counting.most = Math.max(counting.most, new Set(open.values()).size);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(counting, { url: `https://localhost:${port}/` });
}

function nameOf(socket: TLSSocket): string {
  return String(socket.getPeerCertificate().subject.CN);
}

/** Writes a pair into a folder of its own, and points the link `live` to it. */
async function swapLink(directory: string, number: number, { cert, key }: Pair): Promise<void> {
  const folder = join(directory, `pair-${number}`);
  await mkdir(folder);
  await writeFile(join(folder, "tls.crt"), cert);
  await writeFile(join(folder, "tls.key"), key);
  const temporary = join(directory, "live.new");
  await symlink(folder, temporary);
  await rename(temporary, join(directory, "live"));
}

async function renameInto(live: string, { cert, key }: Pair): Promise<void> {
  for (const [name, contents] of [["tls.crt", cert], ["tls.key", key]] as const) {
    await writeFile(join(live, `${name}.new`), contents);
    await rename(join(live, `${name}.new`), join(live, name));
    await sleep(20); // the new certificate is beside the old key meanwhile
  }
}

async function writeHalfFirst(live: string, { cert, key }: Pair): Promise<void> {
  for (const [name, contents] of [["tls.crt", cert], ["tls.key", key]] as const) {
    await writeFile(join(live, name), contents.slice(0, contents.length / 2));
    await sleep(HALF_TIME);
    await writeFile(join(live, name), contents);
  }
}

/**
 * Replaces the files again and again, each time in another way. Waits until the server has seen
 * each certificate, which takes longer than the pause only on a busy machine.
 */
async function swapFiles(
  directory: string,
  pairs: readonly Pair[],
  pause: number,
  counting: CountingServer,
): Promise<void> {
  const live = join(directory, "live");
  const started = performance.now();
  for (const [i, pair] of pairs.entries()) {
    const last = performance.now();
    await sleep(Math.max(pause / 2, started + (i + 1) * pause - last));
    while (counting.seen.size <= i && performance.now() < last + MAX_WAIT) await sleep(50);
    if (i % 3 === 0) await renameInto(live, pair);
    else if (i % 3 === 1) await swapLink(directory, i + 1, pair);
    else await writeHalfFirst(live, pair);
  }
  const last = performance.now();
  await sleep(Math.max(pause / 2, started + (pairs.length + 1) * pause - last));
  while (counting.seen.size <= pairs.length && performance.now() < last + MAX_WAIT) await sleep(50);
  counting.isOver = true;
}

interface Wanted {
  readonly seconds: number;
  readonly swaps: number;
  readonly inFlight: number;
}

/** Runs the client on one runtime. Returns true if all checks passed. */
async function renewOn({ name, version, command }: Runtime, wanted: Wanted): Promise<boolean> {
  const { seconds, swaps, inFlight } = wanted;
  const directory = await mkdtemp(join(tmpdir(), "mc-mtls-renewal-"));
  const ca = await issue({ commonName: "renewal CA", use: "ca" });
  const pairs: Pair[] = [];
  for (let number = 0; number <= swaps; number++) {
    const issued = await issue({ commonName: `certificate ${number}`, use: "client" }, ca);
    pairs.push({ cert: certificatePem(issued), key: await keyPem(issued) });
  }
  await writeFile(join(directory, "ca.pem"), certificatePem(ca));
  await swapLink(directory, 0, pairs[0]!);
  const counting = await startServer(ca);
  try {
    const pause = seconds * 1000 / (swaps + 1);
    const task: RenewalTask = {
      url: counting.url,
      live: join(directory, "live"),
      ca: join(directory, "ca.pem"),
      inFlight,
      refresh: Math.min(200, pause / 10),
    };
    const env = { MC_MTLS_RENEWAL: JSON.stringify(task) };
    const args = [...FLAGS[name]!, join(BUNDLE, "renewal_client.mjs")];
    const [outcome] = await Promise.all([
      run(command, args, env, seconds * 1000 + swaps * MAX_WAIT).then((outcome) => ({
        ...outcome,
        endedAt: Date.now(),
      })),
      once(counting.server, "secureConnection").then(() =>
        swapFiles(directory, pairs.slice(1), pause, counting)
      ),
    ]);
    console.log(`\n${name} ${version}`);
    const [, json] = /RESULT (.*)/.exec(outcome.output) ?? [];
    if (json === undefined) {
      console.log(`  WRONG: exit code ${outcome.code} without a result\n${outcome.output}`);
      return false;
    }
    return report(JSON.parse(json), outcome.endedAt, counting, pairs.length, name);
  } finally {
    counting.server.closeAllConnections();
    counting.server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function report(
  { requests, failures, seen, told, settledAt }: RenewalResult,
  endedAt: number,
  { most, connections }: CountingServer,
  certificates: number,
  name: RuntimeName,
): boolean {
  const used = Object.keys(seen).length;
  const failed = Object.values(failures).reduce((sum, number) => sum + number, 0);
  console.log(`  ${requests} requests, ${failed} failed; ${used} of ${certificates} certificates`);
  console.log(
    `  ${connections} connections, at most ${most} certificates with open ones at a time`,
  );
  console.log(`  onRefreshError: ${JSON.stringify(told)}`);
  console.log(`  ended ${((endedAt - settledAt) / 1000).toFixed(1)} s after the last answer`);
  const wrong: string[] = Object.entries(failures).map(([error, number]) => `${number} x ${error}`);
  if (used !== certificates) wrong.push("not every certificate was used");
  // Bun keeps its connections itself, for some minutes after their last use.
  if (most > 2 && name !== "Bun") wrong.push("more than two certificates were open at a time");
  if (endedAt - settledAt > MAX_TIME_TO_EXIT) wrong.push("the process did not end in time");
  for (const what of wrong) console.log(`  WRONG: ${what}`);
  return wrong.length === 0;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      swaps: { type: "string", default: "20" },
      "in-flight": { type: "string", default: "50" },
    },
    allowPositionals: true,
  });
  const wanted = {
    seconds: Number(values.seconds),
    swaps: Number(values.swaps),
    inFlight: Number(values["in-flight"]),
  };
  console.log(
    `${wanted.inFlight} requests in flight for ${wanted.seconds} s, ${wanted.swaps} renewals`,
  );
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["scripts/renewal_client.ts"],
    outdir: BUNDLE,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
  });
  let ok = true;
  for (const [name, runtime] of await findRuntimes()) {
    if (runtime === undefined || FLAGS[runtime.name] === undefined) continue;
    if (positionals.length > 0 && !positionals.includes(name.toLowerCase())) continue;
    ok = await renewOn(runtime, wanted) && ok;
  }
  console.log(ok ? "\nAll checks passed." : "\nSome checks failed.");
  process.exitCode = ok ? 0 : 1;
}

await main();
