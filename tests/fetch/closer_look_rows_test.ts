/** What a closer look makes of the rows that say too little, with servers that work. */
import { assert, assertEquals } from "@std/assert";
import { type AddressInfo, createServer } from "node:net";
import { lookCloser } from "../../lib/fetch/closer_look.ts";
import {
  findFailure,
  HANDSHAKE_FAILURE,
  LATE,
  REJECTED,
  REQUIRED,
} from "../../lib/fetch/failure_table.ts";
import { openFiles } from "../../lib/fetch/settings.ts";
import { readCredentials } from "../../lib/identity/credentials.ts";
import { sandboxCredentials, server, testExceptOn } from "../support/context.ts";

const WORKERD = { workerd: "it opens no connections" };
const DEAD = new URL("https://127.0.0.1:1/");
const error = new Error("the runtime's own error");
const open = (proxy?: string) =>
  openFiles(
    readCredentials({ ...sandboxCredentials(), ...proxy !== undefined && { proxy } }).files!,
  );

testExceptOn(
  WORKERD,
  "a handshake fails for the certificate, if the server asks for it",
  async () => {
    const settings = await open();
    const asking = new URL(server.origin);
    for (const row of [HANDSHAKE_FAILURE, LATE, REQUIRED]) {
      const { code, says } = await lookCloser(row, error, asking, settings);
      assertEquals([code, says], [REJECTED.code, REJECTED.says]);
    }
    // Nothing is known of a server that does not answer.
    const find = (row: typeof LATE) => lookCloser(row, error, DEAD, settings);
    assertEquals((await find(LATE)).says, REJECTED.says);
    assertEquals((await find(REQUIRED)).says, REQUIRED.says);
    assertEquals((await find(HANDSHAKE_FAILURE)).says, HANDSHAKE_FAILURE.says);
    const short = findFailure(Object.assign(new Error("x"), { code: "ERR_SSL_DH_KEY_TOO_SMALL" }))!;
    const { says } = await lookCloser(short, error, DEAD, settings);
    assertEquals(says, short.says);
  },
);

testExceptOn(WORKERD, "looks through different proxies at once are different looks", async () => {
  const seen = [0, 0];
  const proxies = await Promise.all(seen.map(async (_, i) => {
    const proxy = createServer((socket) => {
      seen[i]!++;
      socket.on("error", () => {}).end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    return proxy;
  }));
  try {
    const settings = await Promise.all(
      proxies.map((proxy) => open(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)),
    );
    await Promise.all(settings.map((own) => lookCloser(REQUIRED, error, DEAD, own)));
    assert(seen.every((count) => count > 0), `${seen}`);
  } finally {
    for (const proxy of proxies) proxy.close();
  }
});
