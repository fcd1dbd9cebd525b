/**
 * The failures of connections that an agent opened.
 *
 * @module
 */
import type { Socket } from "node:net";

const failures = new WeakMap<Socket, Error>();

/**
 * Learns why a connection ends. A server may reject the certificate right after the handshake,
 * before the request listens: without a listener, the error would end the process.
 *
 * @param fail Called once, with the first failure
 */
export function watchFailure(socket: Socket, fail: (error: Error) => void): void {
  const keep = (error: Error) => {
    if (failures.has(socket)) return;
    failures.set(socket, error);
    fail(error);
  };
  socket.on("error", keep);
  socket.once("close", () => keep(new Error("the connection was closed")));
}

/** Returns why a connection has ended, if it has. */
export function failureOf(socket: Socket): Error | undefined {
  return failures.get(socket);
}
