/** Tests `fetch`: where the passphrase comes from, the time limit, silence, and `-v`. */
import { spawn } from "node:child_process";
import process from "node:process";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  NO_COMMANDS,
  ROOT,
  runCommand,
  SANDBOX_PASSPHRASE,
  sandboxOptions,
  START,
} from "../support/command_line.ts";
import { exceptOnWindows, server, testExceptOn } from "../support/context.ts";

const echo = `${server.origin}/echo`;

testExceptOn(NO_COMMANDS, "the passphrase comes as with curl, and is never shown", () => {
  const { directory } = server;
  const [, , ...ca] = sandboxOptions();
  const send = (code: number, args: readonly string[], input = "") =>
    runCommand(code, ["fetch", echo, ...args, ...ca], {}, input);
  send(0, ["--cert", `${directory}/client.p12:keystorepassword`]);
  send(0, ["-E", `${directory}/client.p12`, "--pass", "keystorepassword"]);
  send(0, ["-E", `${directory}/client.p12`, "--passphrase-file", "-"], "keystorepassword\n");
  for (
    const args of [
      ["--cert", `${directory}/client.p12:hunter2:x`],
      ["--cert", `${directory}/nothing.p12:hunter2`],
      ["--cert", `${directory}/client.p12`, "--pass", "hunter2"],
    ]
  ) {
    const { stderr } = send(3, args);
    assert(!stderr.includes("hunter2"), stderr);
    assertMatch(stderr, /does not open it|there is no such file/);
  }
  const twice = ["--cert", `${directory}/client.p12`, "--passphrase-file", "-", "-d", "@-"];
  assertStringIncludes(send(2, twice, "x").stderr, "Only one argument can be -");
});

testExceptOn(NO_COMMANDS, "a request ends after --max-time, and -s is silent", () => {
  const stall = `${server.origin}/stall`;
  const started = Date.now();
  const late = ["fetch", stall, "-m", "1.5", ...sandboxOptions()];
  assertEquals(
    runCommand(4, late, SANDBOX_PASSPHRASE).stderr,
    "Cannot finish the request: it takes longer than 1.5 s; raise --max-time, " +
      "or check the server\n",
  );
  assert(Date.now() - started < 50_000);
  assertEquals(runCommand(4, [...late, "-s"], SANDBOX_PASSPHRASE).stderr, "");
  assertStringIncludes(runCommand(4, [...late, "-sS"], SANDBOX_PASSPHRASE).stderr, "longer than");
  assertStringIncludes(
    runCommand(2, ["fetch", stall, "-m", "soon", ...sandboxOptions()]).stderr,
    "--max-time must be a number of seconds",
  );
});

const NO_SHELL = { ...NO_COMMANDS, ...exceptOnWindows("it has no sh") };
testExceptOn(NO_SHELL, "the reader of a pipe may stop early", async () => {
  const words = [process.execPath, ...START, "fetch", `${server.origin}/large`];
  const command = [...words, ...sandboxOptions()].map((word) => `'${word}'`).join(" ");
  const reported = `{ ${command}; echo "exit code $?" >&2; } | head -c 10 >/dev/null`;
  const child = spawn("sh", ["-c", reported], {
    cwd: ROOT,
    env: { ...process.env, ...SANDBOX_PASSPHRASE },
  });
  let stderr = "";
  for await (const text of child.stderr.setEncoding("utf8")) stderr += text;
  assertEquals(stderr, "exit code 0\n");
});

testExceptOn(
  NO_COMMANDS,
  "the exit code tells statuses from 400 up, and requests that fail",
  () => {
    const codes: [string, number][] = [
      ["/status/399", 0],
      ["/status/400", 1],
      ["/status/500", 1],
      ["/chain/21", 4],
      ["/redirect?status=302&to=OTHER/echo", 4],
    ];
    for (const [path, code] of codes) {
      runCommand(code, ["fetch", `${server.origin}${path}`, "-L", ...sandboxOptions()], {
        ...SANDBOX_PASSPHRASE,
      });
    }
  },
);

testExceptOn(NO_COMMANDS, "-v shows the handshake and the headers, without secrets", () => {
  const send = (origin: string, ...args: string[]) =>
    runCommand(0, ["fetch", `${origin}/echo?a=1`, "-v", ...args, ...sandboxOptions()], {
      ...SANDBOX_PASSPHRASE,
    }).stderr;
  const shown = send(server.origin, "-u", "me:hunter2", "-H", "X-One: 1");
  assertMatch(shown, /^\* TLS 1\.3, TLS_AES_\w+$/m);
  assertMatch(
    shown,
    /^\* Server certificate: CN=localhost, issued by CN=mc-mtls sandbox CA \w+, /m,
  );
  assertMatch(
    shown,
    /^\* The server asks for a client certificate, issued by: CN=mc-mtls sandbox CA/m,
  );
  assertMatch(shown, /^\* Client certificate, sent: CN=\d+-Client-MTF-000000, issued by CN=mc-/m);
  assertMatch(shown, /^> GET \/echo\?a=1 HTTP\/1\.1\n> host: localhost:\d+\n/m);
  assertMatch(shown, /^> authorization: \(not shown\)\n> x-one: 1$/m);
  assertMatch(shown, /^< HTTP 200 OK$/m);
  assert(!shown.includes("hunter2") && !shown.includes("bWU6"), shown);
});
