/** The probe of a handshake: on real servers, and on servers that send anything. */
import test from "node:test";
import { assert, assertEquals } from "@std/assert";
import { observeHandshake } from "../../lib/fetch/runtime/handshake.ts";
import { probeServer } from "../../lib/tls/probe.ts";
import { Watcher } from "../../lib/tls/watcher.ts";
import { testExceptOn } from "../support/context.ts";
import { trouble, troubleUrl } from "../support/trouble.ts";

const why = "openssl is not on this machine";
const absent = trouble.missing.includes("openssl") ? { node: why, deno: why, bun: why } : {};
const EXCEPT = { workerd: "it opens no connections", ...absent };

for (const name of ["strict", "P-384 only", "X25519 only"]) {
  testExceptOn(EXCEPT, `a TLS 1.3 server asks, and names its CA: ${name}`, async () => {
    const facts = await observeHandshake(new URL(troubleUrl(name)), { extraCa: [] }, 10_000);
    assertEquals(facts.version, "TLS 1.3", JSON.stringify(facts));
    assert(/^TLS_AES_/.test(facts.cipher ?? ""));
    assertEquals(facts.chain?.length, 2); // s_server adds the root
    assertEquals(facts.request?.authorities.length, 1);
    assert(facts.request?.signatures.includes(0x0804));
  });
}

testExceptOn(EXCEPT, "a server without a group in common says so", async () => {
  const facts = await observeHandshake(new URL(troubleUrl("P-521 only")), { extraCa: [] }, 10_000);
  assertEquals(facts, { alert: "handshake_failure" });
});

testExceptOn(EXCEPT, "a server that cannot be reached has no facts", async () => {
  assertEquals(await observeHandshake(new URL("https://localhost:1/"), { extraCa: [] }), {});
  const nowhere = new URL("https://no-such-host.invalid/");
  assertEquals(await observeHandshake(nowhere, { extraCa: [] }), {});
});

/** A server that sends these parts. The rest, if it is endless, is the last part again. */
function transport(parts: readonly Uint8Array[], isEndless = false) {
  let sent = 0;
  return {
    write() {},
    read() {
      const part = parts[isEndless ? Math.min(sent, parts.length - 1) : sent];
      sent++;
      return Promise.resolve(part);
    },
    get sent() {
      return sent;
    },
  };
}

/** Makes a record. */
function record(type: number, ...contents: number[]): Uint8Array {
  return Uint8Array.of(type, 3, 3, contents.length >> 8, contents.length & 255, ...contents);
}

test("a probe ends on any bytes, and never fails", async () => {
  let seed = 1;
  const random = () => seed = (seed * 48271) % 2147483647;
  const hello = record(22, 2, 0, 0, 38, 3, 3, ...new Array(32).fill(7), 0, 0xc0, 0x2f, 0);
  const certificates = record(22, 11, 0, 0, 9, 0, 0, 6, 0, 0, 3, 1, 2, 3);
  const request = record(22, 13, 0, 0, 8, 1, 1, 0, 2, 4, 1, 0, 0);
  const done = record(22, 14, 0, 0, 0);
  const whole = [hello, certificates, request, done];
  const facts = await probeServer(transport(whole), "localhost");
  assertEquals([facts.version, facts.chain?.length], ["TLS 1.2", 1]);
  assertEquals(facts.request, { signatures: [0x0401], authorities: [] });
  const bytes = whole.flatMap((part) => [...part]);
  for (let round = 0; round < 3000; round++) {
    const changed = Uint8Array.from(bytes);
    for (let change = random() % 4; change >= 0; change--) {
      changed[random() % changed.length] = random() % 256;
    }
    await probeServer(transport([changed.slice(0, random() % (changed.length + 1))]), undefined);
    const watcher = new Watcher();
    watcher.takeFromServer(changed);
    watcher.takeFromClient(changed);
  }
});

test("a probe reads a bounded number of records and bytes", async () => {
  const parts = [record(22, 0), record(20, 1), record(23, ...new Array(16_000).fill(0))];
  for (const part of parts) {
    const endless = transport([part], true);
    await probeServer(endless, "localhost");
    assert(endless.sent <= 2001, String(endless.sent));
  }
  const foreign = transport([new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n")], true);
  assertEquals(await probeServer(foreign, "localhost"), { notTls: true });
});

test("a watcher sees TLS 1.2 renegotiation only after the request", () => {
  const hello = record(22, 2, 0, 0, 38, 3, 3, ...new Array(32).fill(7), 0, 0xc0, 0x2f, 0);
  const finished = [record(20, 1), record(22, ...new Array(40).fill(9))];
  const watcher = new Watcher();
  for (const part of [hello, ...finished]) watcher.takeFromServer(part);
  for (const part of [record(22, 11, 0, 0, 3, 0, 0, 0), ...finished]) watcher.takeFromClient(part);
  assertEquals(watcher.seen.isAskedLate, undefined);
  assertEquals([watcher.seen.version, watcher.seen.isSent], ["TLS 1.2", false]);
  watcher.takeFromClient(record(23, 1, 2, 3));
  watcher.takeFromServer(record(22, ...new Array(40).fill(9)));
  assertEquals(watcher.seen.isAskedLate, true);
});
