import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { runtime, server, testExceptOn } from "../support/context.ts";

const NO_COMMANDS = { workerd: "it starts no programs" };

const ROOT = runtime === "workerd" ? "" : fileURLToPath(new URL("../..", import.meta.url));
const START: Record<string, readonly string[]> = {
  node: ["--import", "tsx", "lib/cli/main.ts"],
  deno: ["run", "--allow-all", "--no-check", "--quiet", "lib/cli/main.ts"],
  bun: ["lib/cli/main.ts"],
};

/** The command that starts the program, as its help shows it. */
const PROGRAM: Record<string, string> = {
  node: "npx tsx lib/cli/main.ts",
  deno: "deno run -A lib/cli/main.ts",
  bun: "bun lib/cli/main.ts",
};

const directory = runtime === "workerd" ? "" : mkdtempSync(join(tmpdir(), "mc-mtls-cli-"));
after(() => {
  if (directory !== "") rmSync(directory, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], env: Record<string, string> = {}, input = ""): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...START[runtime]!, ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1", ...env },
    input,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}

/** Runs it, and shows all that it printed where the exit code is another than expected. */
function exits(
  code: number,
  args: readonly string[],
  env: Record<string, string> = {},
  input = "",
): Outcome {
  const outcome = run(args, env, input);
  assertEquals(outcome.code, code, `${args.join(" ")}\n${outcome.stdout}\n${outcome.stderr}`);
  return outcome;
}

function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** A new file of that name. */
function file(name: string, contents?: string | Uint8Array): string {
  const path = join(directory, name);
  if (contents !== undefined) writeFileSync(path, contents);
  return path;
}

const PASSPHRASE = { MC_MTLS_PASSPHRASE: "changeit" };
const SANDBOX_PASSPHRASE = { MC_MTLS_PASSPHRASE: "keystorepassword" };

function sandboxOptions(identity = "client"): string[] {
  const { directory } = server;
  return ["--cert", `${directory}/${identity}.p12`, "--ca", `${directory}/ca.pem`];
}

testExceptOn(NO_COMMANDS, "the command line tells how it is used", () => {
  const { stdout } = exits(0, ["--help"]);
  for (const name of ["inspect", "csr", "convert", "fetch", "check", "sandbox"]) {
    assertMatch(stdout, new RegExp(`^  ${name} `, "m"));
    const help = exits(0, [name, "--help"]).stdout;
    assertStringIncludes(help, `Usage: ${PROGRAM[runtime]} ${name} `);
    const lines = help.replaceAll(PROGRAM[runtime]!, "mc-mtls").split("\n");
    assert(lines.every((line) => line.length <= 100), name);
  }
  assertStringIncludes(stdout, "Exit codes");
  assertStringIncludes(exits(2, []).stderr, `Usage: ${PROGRAM[runtime]} <command>`);
  assertStringIncludes(exits(2, ["toString"]).stderr, 'no command "toString"');
  assertStringIncludes(exits(2, ["inspect"]).stderr, "FILE is missing");
  const tooMany = exits(2, ["inspect", "a", "hunter2"]).stderr;
  assertStringIncludes(tooMany, "expected FILE");
  assert(!tooMany.includes("hunter2"));
  assertStringIncludes(exits(2, ["inspect", "a", "--passphrase", "x"]).stderr, "--passphrase");
});

testExceptOn(NO_COMMANDS, "inspect prints a table, and exits with 1 on a problem", () => {
  const path = fixturePath("openssl3.p12");
  const { stdout } = exits(0, ["inspect", path, "--url", "https://api.example"], PASSPHRASE);
  assertMatch(stdout, /^Subject +CN=client, O=mc-mtls$/m);
  assertMatch(stdout, /^Chain +CN=mc-mtls test issuing CA\n +CN=mc-mtls test CA$/m);
  assertMatch(stdout, /^No problems\.$/m);
  const problem = exits(1, ["inspect", path], PASSPHRASE);
  assertMatch(problem.stdout, /^ {2}unaccepted_issuer +its issuer CN=mc-mtls test issuing CA/m);
});

testExceptOn(NO_COMMANDS, "inspect --json is for programs", () => {
  const args = ["inspect", fixturePath("weak.pem"), "--key", fixturePath("weak.key"), "--json"];
  const report = JSON.parse(exits(1, args).stdout);
  assertEquals(report.leaf.keyType, "RSA 1024");
  assertEquals(report.problems[0].code, "no_client_auth");
  assertMatch(report.leaf.notAfter, /^\d{4}-\d\d-\d\dT/);
});

testExceptOn(NO_COMMANDS, "a passphrase comes from a file, the environment, or nowhere", () => {
  const path = fixturePath("openssl3.p12");
  const inspect = ["inspect", path, "--url", "https://api.example"];
  exits(0, [...inspect, "--passphrase-file", file("passphrase", "changeit\n")]);
  const none = exits(3, inspect);
  assertEquals(
    none.stderr,
    "Cannot open the PKCS#12 file: it is protected with a passphrase and none was given; " +
      "name a file that holds it with --passphrase-file, or set MC_MTLS_PASSPHRASE\n",
  );
  const wrong = exits(3, inspect, { MC_MTLS_PASSPHRASE: "hunter2" });
  assertStringIncludes(wrong.stderr, "does not open it");
  assert(!wrong.stderr.includes("hunter2") && !wrong.stderr.includes("    at "), wrong.stderr);
  const missing = file("nothing.p12");
  const { stderr } = exits(3, ["inspect", missing]);
  assertEquals(stderr, `Cannot read ${missing}: there is no such file\n`);
});

testExceptOn(
  NO_COMMANDS,
  "a request is made, and its key cannot be lost or read by others",
  () => {
    const output = file("new");
    const csr = [
      "csr",
      "--organization",
      "Acme",
      "--organizational-unit",
      "Payments",
      "-o",
      output,
    ];
    const { stdout } = exits(0, [...csr, "--environment", "sandbox", "--key-type", "EC P-256"]);
    assertStringIncludes(stdout, `${PROGRAM[runtime]} convert CERTIFICATE.pem --key ${output}.key`);
    assertMatch(readFileSync(`${output}.csr`, "utf8"), /^-----BEGIN CERTIFICATE REQUEST-----\n/);
    const key = readFileSync(`${output}.key`, "utf8");
    assertMatch(key, /^-----BEGIN PRIVATE KEY-----\n/);
    if (process.platform !== "win32") assertEquals(statSync(`${output}.key`).mode & 0o777, 0o600);

    const again = exits(2, [...csr, "--common-name", "acme", "--key-type", "EC P-256"]);
    assertStringIncludes(again.stderr, "is there already");
    assertEquals(readFileSync(`${output}.key`, "utf8"), key);
    exits(0, [...csr, "--common-name", "acme", "--key-type", "EC P-256", "--force"]);
    assert(readFileSync(`${output}.key`, "utf8") !== key);
    if (process.platform !== "win32") assertEquals(statSync(`${output}.key`).mode & 0o777, 0o600);

    assertStringIncludes(exits(2, csr).stderr, "--environment must be");
    assertStringIncludes(exits(2, ["csr", "--common-name", "a"]).stderr, "--organization NAME");
    const url = exits(2, [...csr, "--common-name", "https://acme.example"]);
    assertStringIncludes(url.stderr, "URL");
  },
);

testExceptOn(NO_COMMANDS, "convert goes from any key file to any other", () => {
  const [pem, p12, crt, key] = ["all.pem", "new.p12", "only.crt", "only.key"].map((name) =>
    file(name)
  );
  const old = fixturePath("openssl-legacy.p12");
  exits(0, ["convert", old, "-o", pem!], PASSPHRASE);
  assertEquals(readFileSync(pem!, "utf8").match(/-----BEGIN [A-Z ]+/g), [
    "-----BEGIN CERTIFICATE",
    "-----BEGIN CERTIFICATE",
    "-----BEGIN CERTIFICATE",
    "-----BEGIN PRIVATE KEY",
  ]);
  const NEW = { MC_MTLS_NEW_PASSPHRASE: "another" };
  exits(0, ["convert", pem!, "-o", p12!, "--iterations", "2048", "--friendly-name", "acme"], NEW);
  const inspect = ["inspect", p12!, "--alias", "acme", "--url", "https://api.example"];
  exits(0, inspect, { MC_MTLS_PASSPHRASE: "another" });
  exits(0, ["convert", p12!, "-o", crt!], { MC_MTLS_PASSPHRASE: "another" });
  exits(0, ["convert", p12!, "-o", key!], { MC_MTLS_PASSPHRASE: "another" });
  assertEquals(readFileSync(crt!, "utf8") + readFileSync(key!, "utf8"), readFileSync(pem!, "utf8"));

  assertStringIncludes(exits(2, ["convert", pem!, "-o", p12!], NEW).stderr, "is there already");
  assertStringIncludes(exits(2, ["convert", pem!, "-o", "x.txt"]).stderr, "--output must end");
  const silent = exits(2, ["convert", pem!, "-o", file("x.p12")]);
  assertStringIncludes(silent.stderr, "MC_MTLS_NEW_PASSPHRASE");
  assert(!existsSync(file("x.p12")));
});

testExceptOn(NO_COMMANDS, "fetch has curl's habits", () => {
  const send = (...args: string[]) =>
    exits(0, ["fetch", ...args, ...sandboxOptions()], SANDBOX_PASSPHRASE).stdout;
  const echo = `${server.origin}/echo`;
  assertEquals(JSON.parse(send(echo)).method, "GET");
  const form = JSON.parse(send(echo, "-d", "a=1", "-d", `@${file("data", "b=2")}`));
  assertEquals([form.method, form.body], ["POST", "a=1&b=2"]);
  assertEquals(form.headers["content-type"], "application/x-www-form-urlencoded");
  const put = JSON.parse(
    send(echo, "-X", "PUT", "-H", "X-One: 1", "-H", "Content-Type: text/plain", "-d", "é"),
  );
  assertEquals([put.method, put.body, put.headers["x-one"]], ["PUT", "é", "1"]);
  assertEquals(put.headers["content-type"], "text/plain");
  const piped = exits(
    0,
    ["fetch", echo, "-d", "@-", ...sandboxOptions()],
    SANDBOX_PASSPHRASE,
    "from a pipe",
  );
  assertEquals(JSON.parse(piped.stdout).body, "from a pipe");
  assertMatch(send(`${server.origin}/petstore/pets/1`, "-i"), /^HTTP 200 OK\n[^]*\n\n\{"name":/);
  const path = file("pet.json");
  assertEquals(send(`${server.origin}/petstore/pets/1`, "-o", path), "");
  assertEquals(JSON.parse(readFileSync(path, "utf8")).name, "Bella");
});

testExceptOn(NO_COMMANDS, "fetch says why it failed", () => {
  const pets = `${server.origin}/petstore/pets`;
  const refused = exits(1, ["fetch", pets, ...sandboxOptions("expired")], SANDBOX_PASSPHRASE);
  assertEquals(JSON.parse(refused.stdout).Errors.Error[0].ReasonCode, "INVALID_CLIENT_CERT");
  assertStringIncludes(refused.stderr, "The server answered 422");
  assertStringIncludes(refused.stderr, "Gateway: INVALID_CLIENT_CERT: ");
  assertMatch(
    refused.stderr,
    /About the client certificate CN=\d+-Client-MTF-000000: it expired on/,
  );
  const [cert, path] = sandboxOptions();
  const untrusted = exits(4, ["fetch", pets, cert!, path!], SANDBOX_PASSPHRASE);
  assertStringIncludes(untrusted.stderr, "pass that authority's certificate with --ca FILE");
  const insecure = ["fetch", pets.replace("https:", "http:"), ...sandboxOptions()];
  assertStringIncludes(exits(2, insecure, SANDBOX_PASSPHRASE).stderr, "begins with https://");
  assertStringIncludes(exits(2, ["fetch", pets]).stderr, "--cert FILE is missing");
  assertStringIncludes(exits(2, ["fetch", "pets", ...sandboxOptions()]).stderr, "https://");
  const header = exits(2, ["fetch", pets, "-H", "nonsense", ...sandboxOptions()]);
  assertStringIncludes(header.stderr, '"Name: value"');
  assert(!header.stderr.includes("nonsense"));
});

/** What check said of each step. */
function steps(code: number, args: readonly string[]): Record<string, string> {
  const { stdout } = exits(code, ["check", ...args], SANDBOX_PASSPHRASE);
  const rows = stdout.matchAll(
    /^(ok|FAILED|-) +(name|TCP|proxy|TLS|[a-z]+ [a-z]+|HTTP)(?: {2,}(.*))?$/gm,
  );
  return Object.fromEntries(
    Array.from(rows, ([, verdict, step, text = ""]) => [step, `${verdict} ${text}`.trim()]),
  );
}

testExceptOn(NO_COMMANDS, "check goes through a sound connection", () => {
  const found = steps(0, [`${server.origin}/petstore/pets`, ...sandboxOptions()]);
  assertEquals(Object.keys(found), [
    "name",
    "TCP",
    "proxy",
    "TLS",
    "server trust",
    "client certificate",
    "HTTP",
  ]);
  assertMatch(found["name"]!, /^ok localhost is (127\.0\.0\.1|::1)$/);
  assertEquals(found["proxy"], "ok none");
  assertMatch(found["TLS"]!, /^ok TLSv1\.3, TLS_/);
  assertStringIncludes(found["server trust"]!, "CN=localhost, issued by CN=mc-mtls sandbox CA");
  assertEquals(found["HTTP"], "ok 200 OK");
});

testExceptOn(NO_COMMANDS, "check says which step failed", () => {
  const pets = `${server.origin}/petstore/pets`;
  const foreign = steps(1, [pets, ...sandboxOptions("foreign")]);
  assertMatch(foreign["client certificate"]!, /^FAILED Gateway: INVALID_CLIENT_CERT/);
  assertEquals(foreign["HTTP"], "- not reached");

  const untrusted = steps(1, [pets, ...sandboxOptions().slice(0, 2)]);
  assertMatch(untrusted["server trust"]!, /^FAILED .*not trusted.* with --ca FILE$/);
  assertEquals(untrusted["TLS"], "ok");
  assertEquals(untrusted["client certificate"], "- not reached");

  const closed = steps(1, [server.tls.urls["refused"]!, ...sandboxOptions()]);
  assertMatch(closed["TCP"]!, /^FAILED .*refused/);
  const unknown = steps(1, ["https://no-such-host.invalid/", ...sandboxOptions()]);
  assertMatch(unknown["name"]!, /^FAILED .*cannot be resolved/);
  const plain = steps(1, [server.tls.urls["no TLS"]!, ...sandboxOptions()]);
  assertMatch(plain["TLS"]!, /^FAILED /);
});

testExceptOn(NO_COMMANDS, "check and fetch go through a proxy", () => {
  const { http } = server.proxies;
  const pets = `${server.origin}/petstore/pets`;
  const found = steps(0, [pets, "--proxy", http, ...sandboxOptions()]);
  assertEquals(found["proxy"], `ok ${new URL(http).host} connects`);
  const refusing = new URL(http);
  refusing.username = "403";
  refusing.password = "x";
  const refused = steps(1, [pets, "-x", refusing.href, ...sandboxOptions()]);
  assertMatch(refused["proxy"]!, /^FAILED /);
  assertEquals(refused["TCP"]!.slice(0, 2), "ok");
  const viaEnvironment = { ...SANDBOX_PASSPHRASE, HTTPS_PROXY: refusing.href };
  const { stderr } = exits(4, ["fetch", pets, ...sandboxOptions()], viaEnvironment);
  assertStringIncludes(stderr, "proxy");
  assert(!stderr.includes("403:x"), stderr);
  exits(0, ["fetch", pets, ...sandboxOptions()], { ...viaEnvironment, NO_PROXY: "localhost" });
});

testExceptOn(NO_COMMANDS, "the sandbox can be started", async () => {
  if (runtime === "bun") {
    assertStringIncludes(exits(3, ["sandbox"]).stderr, "start it with Node or Deno");
    return;
  }
  const child = spawn(process.execPath, [...START[runtime]!, "sandbox"], { cwd: ROOT });
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    output += text;
    if (!output.includes("removes the files")) continue;
    const [, url, files] = /at (\S+)\n[^]* in (\S+):\n/.exec(output)!;
    const options = ["--cert", `${files}/client.p12`, "--ca", `${files}/ca.pem`];
    const { stdout } = exits(0, ["fetch", `${url}/pets/1`, ...options], SANDBOX_PASSPHRASE);
    assertEquals(JSON.parse(stdout).name, "Bella");
    const expired = ["--cert", `${files}/expired.p12`, "--ca", `${files}/ca.pem`];
    const refused = exits(1, ["fetch", `${url}/pets/1`, ...expired], SANDBOX_PASSPHRASE);
    assertStringIncludes(refused.stderr, "has expired");
    const ended = once(child, "exit");
    child.kill("SIGINT");
    const [code] = await ended;
    if (runtime !== "deno") assertEquals(code, 0); // Deno tells of the signal alone
    assert(!existsSync(files!));
    return;
  }
  assert(false, output);
});

const HAS_TERMINAL = runtime !== "workerd" && process.platform === "linux" &&
  spawnSync("script", ["--version"]).status === 0;
const NO_TERMINAL = "`script`, which gives a program a terminal, is not on this machine";

const ON_TERMINAL = HAS_TERMINAL
  ? NO_COMMANDS
  : { ...NO_COMMANDS, node: NO_TERMINAL, deno: NO_TERMINAL, bun: NO_TERMINAL };

/** Runs it at a terminal, and types what `answer` says to what was printed so far. */
async function runAtTerminal(
  args: readonly string[],
  env: Record<string, string>,
  answer: (output: string) => string | undefined,
): Promise<string> {
  const words = [process.execPath, ...START[runtime]!, ...args].map((word) => `'${word}'`);
  const child = spawn("script", ["-qec", words.join(" "), "/dev/null"], {
    cwd: ROOT,
    env: { ...process.env, ...env },
  });
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    output += text;
    const typed = answer(output);
    if (typed !== undefined) child.stdin.write(typed);
  }
  return output;
}

testExceptOn(ON_TERMINAL, "a passphrase is asked for at a terminal, and not shown", async () => {
  const args = ["inspect", fixturePath("openssl3.p12"), "--url", "https://api.example"];
  // wrong once, then right: with a slip taken back, and another line that was wiped out
  const answers = ["hunter2\r", "nonsense\x15changeitt\x7f\r"];
  let asked = 0;
  const output = await runAtTerminal(args, {}, (output) => {
    const prompts = output.match(/Passphrase of .*: /g)?.length ?? 0;
    return prompts > asked ? answers[asked++] ?? "\x03" : undefined;
  });
  assertStringIncludes(output, "No problems.");
  assertEquals(asked, 2);
  for (const secret of ["hunter2", "nonsense", "changeit"]) {
    assert(!output.includes(secret), output);
  }
});

testExceptOn(ON_TERMINAL, "the passphrase of a new file is asked for twice", async () => {
  const path = file("asked.p12");
  const args = ["convert", fixturePath("bundle.pem"), "-o", path, "--iterations", "2048"];
  const convert = async (...answers: string[]) => {
    let asked = 0;
    return await runAtTerminal(args, {}, (output) => {
      const prompts = output.match(/(new file|again): /g)?.length ?? 0;
      return prompts > asked ? answers[asked++] ?? "\x03" : undefined;
    });
  };
  assertStringIncludes(await convert("one\r", "two\r"), "not the same");
  assert(!existsSync(path));
  assertStringIncludes(await convert("one\r", "one\r"), "is written");
  const inspect = ["inspect", path, "--url", "https://api.example"];
  exits(0, inspect, { MC_MTLS_PASSPHRASE: "one" });
});

testExceptOn(ON_TERMINAL, "a long download shows how far it is", async () => {
  const path = file("begin");
  const args = ["fetch", `${server.origin}/begin`, "-o", path, ...sandboxOptions()];
  let interrupted = false;
  const output = await runAtTerminal(args, SANDBOX_PASSPHRASE, (output) => {
    if (!output.includes("B/s") || interrupted) return undefined;
    interrupted = true;
    return "\x03";
  });
  assertStringIncludes(output, "\r\x1b[K13 B, ");
  assertEquals(readFileSync(path, "utf8"), "the beginning");
});

testExceptOn(NO_COMMANDS, "a download that breaks off is a failure", () => {
  const cut = ["fetch", `${server.origin}/cut`, "-o", file("cut"), ...sandboxOptions()];
  assertStringIncludes(exits(4, cut, SANDBOX_PASSPHRASE).stderr, "ended before all of it");
  const large = ["fetch", `${server.origin}/large`, "-o", file("large"), ...sandboxOptions()];
  exits(0, large, SANDBOX_PASSPHRASE);
  assertEquals(statSync(file("large")).size, 320 * 65_536);
});

testExceptOn(
  NO_COMMANDS,
  "what a file holds cannot write to the terminal as it likes",
  async () => {
    const { certificatePem, issue, keyPem } = await import("../../lib/sandbox/pki.ts");
    const issued = await issue({ commonName: "a\x1b[2Jb\nProblems: none\u202e", use: "client" });
    const path = file("escape.pem", certificatePem(issued) + await keyPem(issued));
    const { stdout } = exits(1, ["inspect", path]);
    assertStringIncludes(stdout, "CN=a\ufffd[2Jb Problems: none\ufffd\n");
    assert(!stdout.includes("\x1b"));
  },
);

testExceptOn(NO_COMMANDS, "mod.ts starts nothing, whatever a bundle of it is called", () => {
  const esbuild = join(ROOT, "node_modules", ".bin", "esbuild");
  for (const name of ["mod.js", "main.js", "app.mjs"]) {
    const outfile = file(name);
    const options = ["--bundle", "--format=esm", "--platform=node", `--outfile=${outfile}`];
    const built = spawnSync(esbuild, [...options, "--loader=ts", "--log-level=error"], {
      cwd: ROOT,
      input: `import { mcFetch } from "./mod.ts"; console.log(typeof mcFetch);`,
      encoding: "utf8",
    });
    assertEquals(built.status, 0, built.stderr);
    assert(!readFileSync(outfile, "utf8").includes("<command>"), "the command line is in it");
    const args = runtime === "deno" ? ["run", "--allow-all"] : [];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...args, outfile, "--help"], {
      cwd: directory,
      encoding: "utf8",
    });
    assertEquals([status, stdout], [0, "function\n"], `${name}\n${stderr}`);
  }
});

const NO_LINKS = { ...NO_COMMANDS, deno: "it takes a program's imports from beside the link" };

testExceptOn(NO_LINKS, "it starts through a link, as npx does it", async () => {
  const { symlinkSync } = await import("node:fs");
  const link = file("mc-mtls.ts");
  symlinkSync(join(ROOT, "lib/cli/main.ts"), link);
  const args = [...START[runtime]!.slice(0, -1), link, "--help"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: "utf8",
  });
  assertEquals(status, 0, stderr);
  assertStringIncludes(stdout, "Usage: ");
});
