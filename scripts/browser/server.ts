/**
 * A server for Chromium, on the loopback interface. Scripts of modules do not load from `file:`.
 *
 * @module
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Running server. */
export interface Server {
  readonly origin: string;
  /** The paths of all requests. */
  readonly seen: readonly string[];
  close(): void;
}

/** Content of a path: a script, or else a page. */
export interface Content {
  readonly script?: string;
  readonly page?: string;
}

/** A page without an icon makes Chromium ask for one. */
const EMPTY = `<!doctype html><link rel="icon" href="data:,"><title>empty</title>`;

/** Starts a server of these paths. All others have an empty page. */
export async function startServer(contents: Readonly<Record<string, Content>>): Promise<Server> {
  const seen: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    seen.push(url);
    const { script, page = EMPTY } = contents[url] ?? {};
    const type = script === undefined ? "text/html" : "text/javascript";
    response.setHeader("content-type", `${type}; charset=utf-8`).end(script ?? page);
  });
  server.on("upgrade", ({ url = "" }, socket) => {
    seen.push(url);
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
