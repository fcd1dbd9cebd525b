/**
 * The servers that the tests talk to, in a Node process of their own, so that a test means the
 * same on every runtime: the sandbox with a few routes more, a second origin, and a plain HTTP
 * port that tells how many connections each has seen. It ends with the process that started it.
 */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startSandbox } from "../scripts/sandbox.ts";
import { answerBodies } from "./bodies.ts";
import { startTlsServers, stopTlsServers, type TlsServers } from "./tls_servers.ts";

/** What the tests are told about the servers, in the environment variable `MC_MTLS_TEST_SERVER`. */
export interface TestServer {
  /** The origin of the sandbox. */
  readonly origin: string;
  /** Another origin, which accepts the same certificates. */
  readonly otherOrigin: string;
  /** The same routes over plain HTTP, where the runtime's own `fetch` can be compared with ours. */
  readonly plainOrigin: string;
  /** Answers with the connections of both, as JSON. */
  readonly connectionsUrl: string;
  /** The sandbox's files; see `scripts/sandbox.ts`. */
  readonly directory: string;
  /** The other server's files. */
  readonly otherDirectory: string;
  /** Servers that refuse. */
  readonly tls: TlsServers;
}

const fixtureAuthority = readFileSync(
  new URL("./fixtures/ca.pem", import.meta.url),
  "utf8",
);

const other = await startSandbox({ ca: [fixtureAuthority], handle: answerTests });
const main = await startSandbox({
  ca: [fixtureAuthority],
  handle: answerTests,
});
const tls = await startTlsServers(main.directory);
const control = createServer((request, response) => {
  if (request.url !== "/connections" && answerTests(request, response)) return;
  response.end(
    JSON.stringify({ main: main.connections, other: other.connections }),
  );
});
control.listen(0, "127.0.0.1", () => {
  const plainOrigin = `http://127.0.0.1:${(control.address() as AddressInfo).port}`;
  const description: TestServer = {
    origin: main.origin,
    otherOrigin: other.origin,
    plainOrigin,
    connectionsUrl: `${plainOrigin}/connections`,
    directory: main.directory,
    otherDirectory: other.directory,
    tls,
  };
  process.send?.(description);
});
process.once("disconnect", async () => {
  stopTlsServers();
  await Promise.all([main.close(), other.close()]);
  process.exit();
});

/**
 * `/echo` tells what arrived, `/redirect?status=302&to=URL` redirects there, `/chain/3` redirects
 * three times and then to `/echo`, `/stall` never answers; the rest is in `tests/bodies.ts`.
 */
function answerTests(
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { pathname, searchParams } = new URL(request.url ?? "/", main.origin);
  const [, chain] = /^\/chain\/(\d+)$/.exec(pathname) ?? [];
  if (pathname === "/echo") {
    echo(request, response);
  } else if (pathname === "/redirect") {
    const to = searchParams.get("to")?.replace("OTHER", other.origin);
    redirect(request, response, Number(searchParams.get("status")), to);
  } else if (chain !== undefined) {
    redirect(
      request,
      response,
      302,
      chain === "1" ? "/echo" : `/chain/${Number(chain) - 1}`,
    );
  } else if (pathname !== "/stall") {
    return answerBodies(pathname, request, response);
  }
  return true;
}

function redirect(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  location?: string,
): void {
  request.resume();
  if (location !== undefined) response.setHeader("location", location);
  response.writeHead(status).end("moved");
}

async function echo(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const { method, url, headers } = request;
  response.end(JSON.stringify({ method, url, headers, body }));
}
