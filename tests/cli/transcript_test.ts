/**
 * Compares what each command prints with `transcript.txt`: in a pipe and at a terminal, on each
 * runtime. With `MC_MTLS_TRANSCRIPT=write`, the test writes the file instead.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { assertEquals } from "@std/assert";
import {
  directory,
  filePath,
  fixturePath,
  ON_TERMINAL,
  PASSPHRASE,
  PROGRAM,
  runAtTerminal,
  runCommand,
  SANDBOX_PASSPHRASE,
} from "../support/command_line.ts";
import { server, testExceptOn } from "../support/context.ts";

/** Command of the transcript: its exit code, its arguments and its environment. */
interface Run {
  readonly code: number;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
}

const sandbox = (name: string) => `${server.directory}/${name}`;
const pets = `${server.origin}/petstore/pets`;
const CLIENT = ["--cert", sandbox("client.p12"), "--ca", sandbox("ca.pem")];
const FOREIGN = ["--cert", sandbox("foreign.p12"), "--ca", sandbox("ca.pem")];
const NEW_KEY = ["csr", "--common-name", "acme", "--key-type", "EC P-256"];

/** Returns the runs. Each place, a pipe or a terminal, has files of its own. */
function listRuns(place: string): Run[] {
  const [key, p12] = [filePath(`${place}-new`), filePath(`${place}.p12`)];
  const env = SANDBOX_PASSPHRASE;
  return [
    { code: 0, args: ["--version"] },
    { code: 2, args: [] },
    { code: 2, args: ["fecth"] },
    { code: 0, args: ["help", "fetch"] },
    { code: 2, args: ["inspect", "--urk=https://a.example"] },
    { code: 0, args: ["inspect", fixturePath("openssl3.p12")], env: PASSPHRASE },
    { code: 3, args: ["inspect", fixturePath("openssl3.p12")], env: { MC_MTLS_PASSPHRASE: "x" } },
    { code: 0, args: ["inspect", fixturePath("request.pem")] },
    { code: 0, args: ["inspect", fixturePath("ca.pem")] },
    { code: 3, args: ["inspect", filePath("nothing.p12")] },
    { code: 0, args: [...NEW_KEY, "-o", key] },
    { code: 3, args: [...NEW_KEY, "-o", key] },
    { code: 2, args: ["csr", "--common-name", "https://acme.example"] },
    {
      code: 0,
      args: ["convert", fixturePath("bundle.pem"), "-o", p12, "--iterations", "2048"],
      env: { MC_MTLS_NEW_PASSPHRASE: "changeit" },
    },
    { code: 2, args: ["convert", fixturePath("bundle.pem"), "-o", "a.txt"] },
    { code: 0, args: ["fetch", `${pets}/1`, ...CLIENT], env },
    { code: 1, args: ["fetch", `${pets}/1`, ...FOREIGN], env },
    { code: 2, args: ["fetch", `${pets}/1`, "-k", ...CLIENT], env },
    { code: 4, args: ["fetch", `${pets}/1`, ...CLIENT.slice(0, 2)], env },
    { code: 4, args: ["fetch", `${server.origin}/stall`, "-m", "1", ...CLIENT], env },
    { code: 0, args: ["check", pets, ...CLIENT], env },
    { code: 1, args: ["check", pets, ...FOREIGN], env },
    { code: 2, args: ["sandbox", "--port", "http"] },
  ];
}

/** Replaces what differs from run to run and from runtime to runtime. */
function normalize(text: string): string {
  const { port } = new URL(server.origin);
  return [
    [PROGRAM, "mc-mtls"],
    [server.directory, "SANDBOX"],
    [directory, "FOLDER"],
    [fixturePath(""), "FIXTURES/"],
    [`:${port}`, ":PORT"],
    [`port ${port}`, "port PORT"],
    ["\r\n", "\n"],
  ].reduce((text, [from, to]) => text.replaceAll(from!, to!), text)
    .replaceAll(/\b(Node|Deno|Bun) \d[\w.]*/g, "RUNTIME")
    .replaceAll(/\b\d+(?= days (from now|ago))/g, "N")
    .replaceAll(/\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, "TIME")
    .replaceAll(/\b\d{10}(?=-Client-MTF)/g, "SECONDS")
    .replaceAll(/(sandbox CA|CA) [0-9a-f]{8}\b/g, "$1 RANDOM")
    .replaceAll(/localhost is (127\.0\.0\.1|::1)/g, "localhost is ADDRESS")
    .replaceAll(/connected to (127\.0\.0\.1|::1)/g, "connected to ADDRESS")
    .replaceAll(/TLS_AES_\w+/g, "CIPHER")
    // deno-lint-ignore no-control-regex -- the transcript shows the colours
    .replaceAll(/\x1b\[(\d+)m/g, (_, code) => COLOURS[code] ?? `<${code}>`);
}

const COLOURS: Readonly<Record<string, string>> = {
  0: "</>",
  2: "<dim>",
  31: "<red>",
  32: "<green>",
  33: "<yellow>",
};

function format({ code, args }: Run, output: string): string {
  const words = args.map((word) => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`);
  const text = normalize(`${["mc-mtls", ...words].join(" ")}\n${output.trimEnd()}`);
  return `$ ${text}\n[exit ${code}]\n\n`.replace(/\n\n\[exit/, "\n[exit");
}

testExceptOn(ON_TERMINAL, "each command prints what the transcript shows", async () => {
  const parts: string[] = ["# In a pipe: standard output, then standard error\n\n"];
  for (const run of listRuns("pipe")) {
    const { stdout, stderr } = runCommand(run.code, run.args, { NO_COLOR: "", ...run.env });
    parts.push(format(run, stdout + stderr));
  }
  parts.push("# At a terminal\n\n");
  for (const run of listRuns("terminal")) {
    const env = { NO_COLOR: "", ...run.env };
    const output = await runAtTerminal(run.args, env, undefined, {
      columns: 1000, // the paths of a machine have another length elsewhere
      code: run.code,
    });
    parts.push(format(run, output));
  }
  const path = fileURLToPath(new URL("./transcript.txt", import.meta.url));
  const found = parts.join("").trimEnd() + "\n";
  if (process.env.MC_MTLS_TRANSCRIPT === "write") writeFileSync(path, found);
  else assertEquals(found, readFileSync(path, "utf8"));
});
