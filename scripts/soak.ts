/**
 * Sends many requests at once, with several certificates, to a server that misbehaves, on Node,
 * Deno and Bun: `npm run soak`, or `npm run soak -- --seconds 300 --in-flight 200 node`.
 *
 * Each runtime runs the task twice. The first time it closes every fetch, and nothing may be left
 * open. The second time it closes nothing, and the process must still end by itself.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { certificatePem, issue, type Issued, keyPem } from "../lib/sandbox/pki.ts";
import { findRuntimes, ROOT, run, type Runtime, type RuntimeName } from "./runtimes.ts";
import type { SoakResult, SoakTask } from "./soak_client.ts";
import type { Memory } from "./soak_leftovers.ts";
import type { ServerReport, SoakServer } from "./soak_server.ts";

/** The longest time between a process's last response and its end, in milliseconds. */
const MAX_TIME_TO_EXIT = 10_000;

/** The time in which the server sees that the process closed its connections, in milliseconds. */
const MAX_TIME_TO_CLOSE = 5000;

const IDENTITIES = ["one", "two", "three", "four", "five"];

const CLIENT = "scripts/soak_client.ts";

/** The flags with which each runtime runs the client. They expose the garbage collector. */
const FLAGS: Partial<Record<RuntimeName, readonly string[]>> = {
  Node: ["--expose-gc", "--import", "tsx"],
  Deno: ["run", "--allow-all", "--no-check", "--v8-flags=--expose-gc"],
  Bun: ["--expose-gc"],
};

/** The flags for Deno's leak checks, which only its tests have. */
const LEAK_FLAGS = ["test", "--allow-all", "--no-check", "--v8-flags=--expose-gc"];

/** Makes a CA, a server certificate and the client certificates. */
async function writeCertificates(directory: string): Promise<void> {
  const ca = await issue({ commonName: "soak CA", use: "ca" });
  const write = async (name: string, issued: Issued) => {
    await writeFile(join(directory, `${name}.pem`), certificatePem(issued));
    await writeFile(join(directory, `${name}.key`), await keyPem(issued), { mode: 0o600 });
  };
  await write("ca", ca);
  await write("server", await issue({ commonName: "localhost", use: "server" }, ca));
  for (const name of IDENTITIES) {
    await write(name, await issue({ commonName: name, use: "client" }, ca));
  }
}

/** Reads the report when the server saw its connections close, or after MAX_TIME_TO_CLOSE. */
async function readReport({ reportUrl }: SoakServer): Promise<ServerReport> {
  const deadline = Date.now() + MAX_TIME_TO_CLOSE;
  while (true) {
    const report: ServerReport = await (await fetch(reportUrl)).json();
    if (report.open === 0 || Date.now() > deadline) return report;
    await setTimeout(50);
  }
}

/** Runs the task on one runtime, with a separate server. Returns true if all checks passed. */
async function soakOn(
  { name, version, command }: Runtime,
  work: Omit<SoakTask, "server" | "identities">,
): Promise<boolean> {
  const child = fork(join(ROOT, "scripts", "soak_server.ts"), [work.directory], {
    execArgv: ["--import", "tsx"],
  });
  try {
    const [server] = await once(child, "message") as [SoakServer];
    const task: SoakTask = { ...work, server, identities: IDENTITIES };
    const checksLeaks = name === "Deno" && work.close;
    const flags = checksLeaks ? LEAK_FLAGS : FLAGS[name] ?? [];
    const { code, output } = await run(command, [...flags, CLIENT], {
      MC_MTLS_SOAK: JSON.stringify(task),
      ...checksLeaks ? { MC_MTLS_SOAK_LEAKS: "1" } : {},
    }, (work.seconds + 60) * 1000);
    const exitedAt = Date.now();
    const report = await readReport(server);

    console.log(`\n${name} ${version}, ${work.close ? "closing every fetch" : "closing nothing"}`);
    const [, json] = /RESULT (.*)/.exec(output) ?? [];
    if (json === undefined) {
      console.log(`  WRONG: exit code ${code} without a result\n${output}`);
      return false;
    }
    const result: SoakResult = JSON.parse(json);
    const timeToExit = exitedAt - result.settledAt;
    const wrong = [...result.wrong];
    if (code !== 0) wrong.push(`exit code ${code}\n${output}`);
    if (timeToExit > MAX_TIME_TO_EXIT) wrong.push("the process did not end in time");
    const { POST: posts = 0 } = report.repeated;
    if (posts > 0) wrong.push(`${posts} POSTs were sent more than once`);
    if (report.open > 0) wrong.push(`${report.open} connections outlived the process`);
    printResult(result, report, timeToExit);
    for (const what of wrong) console.log(`  WRONG: ${what}`);
    return wrong.length === 0;
  } finally {
    child.disconnect();
  }
}

function printResult(result: SoakResult, report: ServerReport, timeToExit: number): void {
  const { tcp, tls } = report.connections;
  const [before, after] = result.memory;
  const megabytes = ({ rss, heap }: Memory) => `${rss} MiB (heap ${heap} MiB)`;
  const lines = [
    `${result.requests} calls: ${formatCounts(result.outcomes)}`,
    `server: ${formatCounts(report.reactions)}; ${report.restarts} restarts`,
    `connections: ${tcp}, ${tls} of them with a completed handshake`,
    `sent more than once by the runtime: ${formatCounts(report.repeated) || "none"}`,
    `memory: ${megabytes(before)}, at the end ${megabytes(after)}`,
    ...result.left === undefined ? [] : [
      `connections open after close(): ${result.left.open}, after ${result.left.milliseconds} ms`,
    ],
    `ended ${(timeToExit / 1000).toFixed(1)} s after the last call`,
  ];
  for (const line of lines) console.log(`  ${line}`);
}

function formatCounts(counts: Record<string, number>): string {
  const sorted = Object.entries(counts).sort(([, one], [, two]) => two - one);
  return sorted.map(([name, count]) => `${count} ${name}`).join(", ");
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      seconds: { type: "string", default: "8" },
      "in-flight": { type: "string", default: "200" },
    },
    allowPositionals: true,
  });
  const [seconds, inFlight] = [Number(values.seconds), Number(values["in-flight"])];
  console.log(
    `${inFlight} calls in flight for ${seconds} s with ${IDENTITIES.length} certificates`,
  );
  const directory = await mkdtemp(join(tmpdir(), "mc-mtls-soak-"));
  let ok = true;
  try {
    await writeCertificates(directory);
    for (const [name, runtime] of await findRuntimes()) {
      if (FLAGS[runtime?.name ?? "workerd"] === undefined) continue; // workerd has no process to end
      if (positionals.length > 0 && !positionals.includes(name.toLowerCase())) continue;
      for (const close of [true, false]) {
        ok = await soakOn(runtime!, { directory, seconds, inFlight, close }) && ok;
      }
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  console.log(ok ? "\nAll checks passed." : "\nSome checks failed.");
  process.exitCode = ok ? 0 : 1;
}

await main();
