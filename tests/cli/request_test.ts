/** Tests of the commands that open connections: fetch and check. */
import { readFileSync, statSync } from "node:fs";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  filePath,
  NO_COMMANDS,
  runCommand,
  SANDBOX_PASSPHRASE,
  sandboxOptions,
} from "../support/command_line.ts";
import { server, testExceptOn } from "../support/context.ts";

testExceptOn(NO_COMMANDS, "fetch has the options of curl", () => {
  const send = (...args: string[]) =>
    runCommand(0, ["fetch", ...args, ...sandboxOptions()], SANDBOX_PASSPHRASE).stdout;
  const echo = `${server.origin}/echo`;
  assertEquals(JSON.parse(send(echo)).method, "GET");
  const form = JSON.parse(send(echo, "-d", "a=1", "-d", `@${filePath("data", "b=2")}`));
  assertEquals([form.method, form.body], ["POST", "a=1&b=2"]);
  assertEquals(form.headers["content-type"], "application/x-www-form-urlencoded");
  const put = JSON.parse(
    send(echo, "-X", "PUT", "-H", "X-One: 1", "-H", "Content-Type: text/plain", "-d", "é"),
  );
  assertEquals([put.method, put.body, put.headers["x-one"]], ["PUT", "é", "1"]);
  assertEquals(put.headers["content-type"], "text/plain");
  const piped = runCommand(
    0,
    ["fetch", echo, "-d", "@-", ...sandboxOptions()],
    SANDBOX_PASSPHRASE,
    "from a pipe",
  );
  assertEquals(JSON.parse(piped.stdout).body, "from a pipe");
  assertMatch(send(`${server.origin}/petstore/pets/1`, "-i"), /^HTTP 200 OK\n[^]*\n\n\{"name":/);
  const path = filePath("pet.json");
  assertEquals(send(`${server.origin}/petstore/pets/1`, "-o", path), "");
  assertEquals(JSON.parse(readFileSync(path, "utf8")).name, "Bella");
});

testExceptOn(NO_COMMANDS, "fetch explains failures", () => {
  const pets = `${server.origin}/petstore/pets`;
  const refused = runCommand(1, ["fetch", pets, ...sandboxOptions("expired")], SANDBOX_PASSPHRASE);
  assertEquals(JSON.parse(refused.stdout).Errors.Error[0].ReasonCode, "INVALID_CLIENT_CERT");
  assertStringIncludes(refused.stderr, "The server answered 422");
  assertStringIncludes(refused.stderr, "Gateway: INVALID_CLIENT_CERT: ");
  assertMatch(
    refused.stderr,
    /About the client certificate CN=\d+-Client-MTF-000000: it expired on/,
  );
  const [cert, path] = sandboxOptions();
  const untrusted = runCommand(4, ["fetch", pets, cert!, path!], SANDBOX_PASSPHRASE);
  assertStringIncludes(untrusted.stderr, "pass its certificate with --ca FILE");
  const insecure = ["fetch", pets.replace("https:", "http:"), ...sandboxOptions()];
  assertStringIncludes(
    runCommand(2, insecure, SANDBOX_PASSPHRASE).stderr,
    "The URL must begin with https://\n",
  );
  assertStringIncludes(runCommand(2, ["fetch", pets]).stderr, "Missing option: --cert FILE\n");
  assertStringIncludes(runCommand(2, ["fetch", "pets", ...sandboxOptions()]).stderr, "https://");
  const header = runCommand(2, ["fetch", pets, "-H", "nonsense", ...sandboxOptions()]);
  assertStringIncludes(header.stderr, '"Name: value"');
  assert(!header.stderr.includes("nonsense"));
});

testExceptOn(NO_COMMANDS, "a download that ends early is a failure", () => {
  const cut = ["fetch", `${server.origin}/cut`, "-o", filePath("cut"), ...sandboxOptions()];
  assertStringIncludes(
    runCommand(4, cut, SANDBOX_PASSPHRASE).stderr,
    "ended before the end of the body",
  );
  const large = ["fetch", `${server.origin}/large`, "-o", filePath("large"), ...sandboxOptions()];
  runCommand(0, large, SANDBOX_PASSPHRASE);
  assertEquals(statSync(filePath("large")).size, 320 * 65_536);
});

/** Runs check, and returns the result of each step. */
function checkSteps(code: number, args: readonly string[]): Record<string, string> {
  const { stdout } = runCommand(code, ["check", ...args], SANDBOX_PASSPHRASE);
  const rows = stdout.matchAll(
    /^(ok|FAILED|-) +(name|TCP|proxy|TLS|[a-z]+ [a-z]+|HTTP)(?: {2,}(.*))?$/gm,
  );
  return Object.fromEntries(
    Array.from(rows, ([, verdict, step, text = ""]) => [step, `${verdict} ${text}`.trim()]),
  );
}

testExceptOn(NO_COMMANDS, "check passes each step of a good connection", () => {
  const found = checkSteps(0, [`${server.origin}/petstore/pets`, ...sandboxOptions()]);
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
  assertMatch(found["TLS"]!, /^ok TLS 1\.3, TLS_/);
  assertStringIncludes(found["server trust"]!, "CN=localhost, issued by CN=mc-mtls sandbox CA");
  assertMatch(found["client certificate"]!, /^ok sent, not rejected; the server asked for one/);
  assertEquals(found["HTTP"], "ok 200 OK");
});

testExceptOn(NO_COMMANDS, "check shows which step fails", () => {
  const pets = `${server.origin}/petstore/pets`;
  const foreign = checkSteps(1, [pets, ...sandboxOptions("foreign")]);
  assertMatch(foreign["client certificate"]!, /^FAILED Gateway: INVALID_CLIENT_CERT/);
  assertEquals(foreign["HTTP"], "- not reached");

  const untrusted = checkSteps(1, [pets, ...sandboxOptions().slice(0, 2)]);
  assertMatch(untrusted["server trust"]!, /^FAILED .*no trusted CA issued .* with --ca FILE/);
  assertMatch(untrusted["TLS"]!, /^ok TLS 1/);
  assertEquals(untrusted["client certificate"], "- not reached");

  const closed = checkSteps(1, [server.tls.urls["refused"]!, ...sandboxOptions()]);
  assertMatch(closed["TCP"]!, /^FAILED .*refused/);
  const unknown = checkSteps(1, ["https://no-such-host.invalid/", ...sandboxOptions()]);
  assertMatch(unknown["name"]!, /^FAILED .*cannot be resolved/);
  const plain = checkSteps(1, [server.tls.urls["no TLS"]!, ...sandboxOptions()]);
  assertMatch(plain["TLS"]!, /^FAILED /);
});

testExceptOn(NO_COMMANDS, "check and fetch connect through a proxy", () => {
  const { http } = server.proxies;
  const pets = `${server.origin}/petstore/pets`;
  const found = checkSteps(0, [pets, "--proxy", http, ...sandboxOptions()]);
  runCommand(0, ["fetch", pets, "-x", new URL(http).host, ...sandboxOptions()], SANDBOX_PASSPHRASE);
  assertEquals(found["proxy"], `ok ${new URL(http).host}, named by --proxy, opens a tunnel`);
  const refusing = new URL(http);
  refusing.username = "403";
  refusing.password = "x";
  const refused = checkSteps(1, [pets, "-x", refusing.href, ...sandboxOptions()]);
  assertMatch(refused["proxy"]!, /^FAILED /);
  assertEquals(refused["TCP"]!.slice(0, 2), "ok");
  const viaEnvironment = { ...SANDBOX_PASSPHRASE, HTTPS_PROXY: refusing.href };
  const { stderr } = runCommand(4, ["fetch", pets, ...sandboxOptions()], viaEnvironment);
  assertStringIncludes(stderr, "proxy");
  assert(!stderr.includes("403:x"), stderr);
  runCommand(0, ["fetch", pets, ...sandboxOptions()], { ...viaEnvironment, NO_PROXY: "localhost" });
});
