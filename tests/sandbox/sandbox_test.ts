/** Tests the sandbox. */
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { connect, type ConnectionOptions } from "node:tls";
import { assert, assertEquals } from "@std/assert";
import { sandboxFile, server, testExceptOn } from "../support/context.ts";

const NOT_NODE = {
  workerd: "it cannot resume sessions",
  deno: "its node:tls shows no sessions",
  bun: "its node:tls shows no sessions",
};

/** Sends a request without a certificate. Returns the response and the TLS session. */
async function send(session?: Buffer): Promise<{ response: string; session: Buffer | undefined }> {
  const { hostname, port } = new URL(server.origin);
  const options: ConnectionOptions = {
    host: "127.0.0.1",
    port: Number(port),
    servername: hostname,
    ca: Buffer.from(sandboxFile("ca.pem")),
    ...session && { session },
  };
  const socket = connect(options);
  let found: Buffer | undefined;
  socket.on("session", (session) => found = session);
  await once(socket, "secureConnect");
  assertEquals(socket.isSessionReused(), session !== undefined);
  socket.write(`GET /petstore/pets HTTP/1.1\r\nhost: ${hostname}\r\nconnection: close\r\n\r\n`);
  return { response: await text(socket), session: found };
}

testExceptOn(
  NOT_NODE,
  "the sandbox rejects a client that resumes a session without a certificate",
  async () => {
    const first = await send();
    assert(first.session);
    const second = await send(first.session);
    for (const { response } of [first, second]) {
      assert(response.startsWith("HTTP/1.1 422 "), response);
      assert(response.includes("No client certificate was sent"), response);
    }
  },
);
