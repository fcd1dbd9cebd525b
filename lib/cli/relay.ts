/**
 * A proxy in this process, to watch the TLS connection of a request: no runtime says whether the
 * server asked for the certificate. It sees what any proxy sees, and connects on the way that the
 * request would take by itself.
 *
 * @module
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { ClientSettings } from "../fetch/runtime/client.ts";
import { openSocket } from "../fetch/runtime/handshake.ts";
import { type Watched, Watcher } from "../tls/watcher.ts";

/** A relay that listens. */
export interface Relay {
  /** The URL for the option `proxy`. */
  readonly url: string;
  /** What was seen of the last connection; undefined if the runtime made none through the relay. */
  readonly seen: Watched | undefined;
  /** Ends all connections. */
  close(): void;
}

/** Starts a relay to one server, on this machine's own address. */
export async function startRelay(url: URL, settings: ClientSettings): Promise<Relay> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
  };
  let watcher: Watcher | undefined;
  const server: Server = createServer();
  server.on("connection", keep);
  server.on("connect", async (_request, client: Socket) => {
    try {
      const target = await openSocket(url, settings);
      keep(target);
      const watching = watcher = new Watcher();
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.on("data", (bytes) => watching.takeFromClient(bytes));
      target.on("data", (bytes) => watching.takeFromServer(bytes));
      client.pipe(target).pipe(client);
      client.on("close", () => target.destroy());
      target.on("close", () => client.destroy());
    } catch {
      client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get seen() {
      return watcher?.seen;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
