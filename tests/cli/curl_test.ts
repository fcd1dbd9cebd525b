/** Tests that `fetch` has the options of curl: it sends what curl sends. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  filePath,
  NO_COMMANDS,
  runCommand,
  SANDBOX_PASSPHRASE,
  sandboxOptions,
} from "../support/command_line.ts";
import { runtime, server, testExceptOn } from "../support/context.ts";

const HAS_CURL = runtime !== "workerd" && spawnSync("curl", ["--version"]).status === 0;
const NO_CURL = { ...NO_COMMANDS, ...!HAS_CURL && { [runtime]: "curl is not installed" } };

const echo = `${server.origin}/echo`;

/** What the server saw. */
interface Echo {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function viaCommand(args: readonly string[], input: string): Echo {
  const all = ["fetch", ...args, ...sandboxOptions()];
  return JSON.parse(runCommand(0, all, SANDBOX_PASSPHRASE, input).stdout);
}

function viaCurl(args: readonly string[], input: string): Echo {
  const { directory } = server;
  const credentials = ["--cert", `${directory}/client.pem`, "--key", `${directory}/client.key`];
  const { stdout, status } = spawnSync(
    "curl",
    ["-sS", "--cacert", `${directory}/ca.pem`, ...credentials, ...args],
    { encoding: "utf8", input },
  );
  assertEquals(status, 0);
  return JSON.parse(stdout);
}

testExceptOn(NO_CURL, "a request is the one that curl sends with the same options", () => {
  const lines = filePath("lines", "a=1\r\nb=2\nc\xff");
  const other = filePath("other.txt", "x y&z");
  for (
    const [args, input] of [
      [[echo, "-d", `@${lines}`]],
      [[echo, "-d", "a=1", "-d", `@${other}`, "-d", ""]],
      [[echo, "-d", "@-"], "from\nstandard\r\ninput"],
      [[echo, "--data-binary", `@${lines}`]],
      [[echo, "--data-binary", "@-"], "from\nstandard\r\ninput"],
      [[echo, "--data-raw", "@nothing"]],
      [[echo, "--data-urlencode", "n=x y&z", "--data-urlencode", `m@${other}`]],
      [[`${echo}?q=1`, "-G", "-d", "a=1", "-d", "b=2"]],
      [[echo, "--json", '{"a":1}']],
      [[echo, "-T", other]],
      [[echo, "-T", other, "-X", "POST", "-H", "Content-Type: text/plain"]],
      [[echo, "-u", "me:secret:é"]],
      [[echo, "-A", "agent/1", "-H", "X-One: 1", "-H", "X-Empty;", "-X", "DELETE"]],
      [[echo, "-d", "x", "-H", "Content-Type: application/xml", "-X", "PATCH"]],
      [[echo, "-sSL", "--compressed", "-d", "a"]],
    ] as [string[], string?][]
  ) {
    const [ours, curls] = [viaCommand(args, input ?? ""), viaCurl(args, input ?? "")];
    const shown = args.slice(1).join(" ");
    for (const part of ["method", "url", "body"] as const) {
      assertEquals(ours[part], curls[part], `${shown}: ${part}`);
    }
    for (const name of ["content-type", "authorization", "x-one", "x-empty", "content-length"]) {
      // Some runtimes send a length of zero, which curl does not.
      const value = (echo: Echo) => (echo.headers[name] ?? "").replace(/^0$/, "");
      assertEquals(value(ours), value(curls), `${shown}: ${name}`);
    }
  }
});

testExceptOn(NO_COMMANDS, "a form has its fields, files and types", () => {
  const file = filePath("form.json", '{"a":1}');
  const fields = ["-F", "name=Rex", "-F", `pet=@${file};type=application/json`, "-F"];
  const { body, headers, method } = viaCommand(
    [echo, ...fields, `text=<${file}`, "--form-string", "at=@x"],
    "",
  );
  assertEquals(method, "POST");
  assertMatch(headers["content-type"] ?? "", /^multipart\/form-data; boundary=/);
  assertMatch(body, /name="name"\r\n\r\nRex\r\n/);
  assertMatch(
    body,
    /name="pet"; filename="form.json"\r\nContent-Type: application\/json(;charset=utf-8)?\r\n/i,
  );
  assertMatch(body, /name="text"\r\n\r\n\{"a":1\}\r\n/);
  assertMatch(body, /name="at"\r\n\r\n@x\r\n/);
});

testExceptOn(NO_COMMANDS, "binary data arrives as it is, from a file and from a pipe", () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256);
  const path = filePath("binary", bytes);
  const out = filePath("binary.out");
  for (const source of [`@${path}`, "@-"]) {
    const url = `${server.origin}/mirror`;
    const args = ["fetch", url, "--data-binary", source, "-o", out, ...sandboxOptions()];
    // On Deno, `spawnSync` fails if the program does not read its input.
    runCommand(0, args, SANDBOX_PASSPHRASE, source === "@-" ? readFileSync(path) : "");
    assertEquals(Buffer.compare(readFileSync(out), Buffer.from(bytes)), 0, source);
  }
});

testExceptOn(NO_COMMANDS, "options that curl has and this program has not say why", () => {
  for (
    const [option, reason] of [
      ["-k", "always verifies the server; trust a private CA with --cacert FILE"],
      ["--insecure", "always verifies"],
      ["--connect-timeout", "--max-time SECONDS"],
      ["--http2", "requests use HTTP/1.1"],
      ["-O", "name the file with -o FILE"],
      ["-U", "write it into the proxy's URL"],
    ]
  ) {
    const { stderr } = runCommand(2, ["fetch", echo, option!, ...sandboxOptions()]);
    assertStringIncludes(stderr, `There is no option ${option}: `);
    assertStringIncludes(stderr, reason!);
  }
  const twice = runCommand(2, ["fetch", echo, "-d", "a", "-F", "b=c", ...sandboxOptions()]);
  assertStringIncludes(twice.stderr, "A request has one body");
  const get = runCommand(2, ["fetch", echo, "-X", "GET", "-d", "a", ...sandboxOptions()]);
  assertStringIncludes(get.stderr, "pass -G to put the data into the URL");
  const method = ["fetch", echo, "-X", "BAD METHOD", ...sandboxOptions()];
  assertStringIncludes(runCommand(2, method, SANDBOX_PASSPHRASE).stderr, "method");
});
