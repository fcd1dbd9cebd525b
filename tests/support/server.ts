/**
 * The servers that the tests call, in a separate Node process: a test means the same on every
 * runtime. They are the sandbox with more routes, a second origin, and a plain HTTP port that
 * reports the connections of each. The process ends with the process that started it.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { certificatePem, issue, keyPem } from "../../lib/sandbox/pki.ts";
import { answerAsPlanned } from "./answers.ts";
import { answerBodies } from "./bodies.ts";
import {
  type SeenConnect,
  startRecordingProxy,
  startTinyProxies,
  type TinyProxies,
} from "./proxies.ts";
import { type Connections, startTestSandbox } from "./test_sandbox.ts";
import { startTlsServers, stopTlsServers, type TlsServers } from "./tls_servers.ts";
import { startTroubleServers, stopTroubleServers } from "./trouble_servers.ts";

/** Description of the servers. The tests get it in the variable `MC_MTLS_TEST_SERVER`. */
export interface TestServer {
  /** The origin of the sandbox. */
  readonly origin: string;
  /** Another origin, which accepts the same certificates. */
  readonly otherOrigin: string;
  /** The same routes over plain HTTP, to compare the runtime's own `fetch` with `mcFetch`. */
  readonly plainOrigin: string;
  /** A third origin. `trustedFile` holds its CA, and the runtimes start with that file. */
  readonly trustedOrigin: string;
  /** A server that prefers HTTP/2 and requires a certificate; see `startHttp2Server`. */
  readonly http2Origin: string;
  /** A server that speaks HTTP/2 only. */
  readonly http2OnlyOrigin: string;
  /** The file for `NODE_EXTRA_CA_CERTS` and `DENO_CERT`. */
  readonly trustedFile: string;
  /** A URL that answers with {@linkcode Seen} as JSON. */
  readonly connectionsUrl: string;
  /** Proxies that record requests. The sandbox's CA issued the certificate of the `https:` one. */
  readonly proxies: { readonly http: string; readonly https: string };
  /** Absent if tinyproxy is not installed. */
  readonly tinyProxies?: TinyProxies | undefined;
  /** The folder of the sandbox's files; see `lib/sandbox/open.ts`. */
  readonly directory: string;
  /** The folder of the other origin's files. */
  readonly otherDirectory: string;
  /** Servers that reject clients. */
  readonly tls: TlsServers;
}

const fixtureCa = readFileSync(new URL("../fixtures/ca.pem", import.meta.url), "utf8");

/** Events since the start, as the control port reports them. */
export interface Seen {
  readonly main: Readonly<Connections>;
  readonly other: Readonly<Connections>;
  readonly proxies: readonly SeenConnect[];
  /** The number of open TLS connections that carried a request with `?watch=ID`, by ID. */
  readonly open: Readonly<Record<string, number>>;
}

const watched = new Map<Socket, string>();

/** Requests to one `/retire/*` or `/fail/*`, and the connections that answered there. */
interface Visits {
  count: number;
  readonly answered: WeakSet<Socket>;
}

const visits = new Map<string, Visits>();

const other = await startTestSandbox([fixtureCa], answerTests);
const main = await startTestSandbox([fixtureCa], answerTests);
const tls = await startTlsServers(main.directory);
const trusted = await startTestSandbox([fixtureCa, certificatePem(main.ca)]);
/** The requests of both proxies, in the order of their arrival. */
const connects: SeenConnect[] = [];
const httpProxy = await startRecordingProxy(undefined, connects);
const httpsProxy = await startRecordingProxy(
  await issue({ commonName: "localhost", use: "server" }, main.ca),
  connects,
);
const http2 = await startHttp2Server(true);
const http2Only = await startHttp2Server(false);
const tinyProxies = await startTinyProxies();
const control = createServer((request, response) => {
  if (request.url === "/trouble") {
    startTroubleServers(main.directory).then(
      (servers) => response.end(JSON.stringify(servers)),
      (error) => response.writeHead(500).end(String(error)),
    );
    return;
  }
  if (request.url !== "/connections" && answerTests(request, response)) return;
  const seen: Seen = {
    main: main.connections,
    other: other.connections,
    proxies: connects,
    open: countWatched(),
  };
  response.end(JSON.stringify(seen));
});
control.listen(0, "127.0.0.1", () => {
  const plainOrigin = `http://127.0.0.1:${(control.address() as AddressInfo).port}`;
  const description: TestServer = {
    origin: main.origin,
    otherOrigin: other.origin,
    plainOrigin,
    trustedOrigin: trusted.origin,
    http2Origin: `https://localhost:${(http2.address() as AddressInfo).port}`,
    http2OnlyOrigin: `https://localhost:${(http2Only.address() as AddressInfo).port}`,
    trustedFile: join(trusted.directory, "ca.pem"),
    proxies: { http: httpProxy.url, https: httpsProxy.url },
    tinyProxies,
    connectionsUrl: `${plainOrigin}/connections`,
    directory: main.directory,
    otherDirectory: other.directory,
    tls,
  };
  process.send?.(description);
});
process.once("disconnect", async () => {
  stopTlsServers();
  stopTroubleServers();
  await Promise.all([main.close(), other.close(), trusted.close()]);
  process.exit();
});

/**
 * Answers the routes of the tests. `bodies.ts` has more routes.
 *
 * - `/echo` returns the request and its source, and `/mirror` the bytes of its body.
 * - `/redirect?status=302&to=URL` redirects to the URL.
 * - `/chain/3` redirects three times, the last time to `/echo`.
 * - `/stall` never answers.
 * - `/retire/ID` answers a connection's first request, and closes the connection at the next one.
 * - `/fail/ID?times=2` closes the first two connections.
 * - `/visits/ID` returns the number of requests to these two.
 * - `/answer?plan=` answers as the plan says (`answers.ts`).
 * - `/encoded?codings=` starts a body with these codings, and never ends it.
 */
function answerTests(request: IncomingMessage, response: ServerResponse): boolean {
  const { pathname, searchParams } = new URL(request.url ?? "/", main.origin);
  const [, chain] = /^\/chain\/(\d+)$/.exec(pathname) ?? [];
  const [, route, id] = /^\/(retire|fail|visits)\/(\w+)$/.exec(pathname) ?? [];
  watch(request.socket, searchParams.get("watch"));
  if (pathname === "/mirror") {
    request.pipe(response);
  } else if (pathname === "/echo") {
    echo(request, response);
  } else if (pathname === "/redirect") {
    const to = searchParams.get("to")?.replace("OTHER", other.origin);
    redirect(request, response, Number(searchParams.get("status")), to);
  } else if (chain !== undefined) {
    redirect(request, response, 302, chain === "1" ? "/echo" : `/chain/${Number(chain) - 1}`);
  } else if (id !== undefined) {
    visit(route!, id, Number(searchParams.get("times")), request, response);
  } else if (pathname === "/answer") {
    const plan = JSON.parse(searchParams.get("plan") ?? "{}");
    answerAsPlanned(request, response, plan).catch(() => response.destroy());
  } else if (pathname === "/encoded") {
    const codings = searchParams.get("codings") ?? "";
    response.writeHead(200, { "content-encoding": codings, "content-length": 100_000 });
    response.write("x");
  } else if (pathname !== "/stall") {
    return answerBodies(pathname, request, response);
  }
  return true;
}

function watch(socket: Socket, id: string | null): void {
  if (id === null || watched.has(socket) || !(socket instanceof TLSSocket)) return;
  watched.set(socket, id);
  socket.once("close", () => watched.delete(socket));
}

function countWatched(): Record<string, number> {
  const open: Record<string, number> = {};
  for (const id of watched.values()) open[id] = (open[id] ?? 0) + 1;
  return open;
}

function visit(
  route: string,
  id: string,
  times: number,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const seen = visits.get(id) ?? { count: 0, answered: new WeakSet() };
  visits.set(id, seen);
  if (route === "visits") return void response.end(String(seen.count));
  seen.count++;
  const { socket } = request;
  const isBroken = route === "retire" ? seen.answered.has(socket) : seen.count <= times;
  seen.answered.add(socket);
  if (!isBroken) return void echo(request, response).catch(() => {});
  request.resume().once("end", () => socket.end());
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

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const { method, url, headers, socket } = request;
  const peer = socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined;
  const commonName = peer?.subject?.CN;
  const from = socket.remoteAddress;
  response.end(JSON.stringify({ method, url, headers, body, from, commonName }));
}

/** Starts a server that answers with the protocol, the certificate, and its connection count. */
async function startHttp2Server(allowHTTP1: boolean): Promise<Http2SecureServer> {
  const certificate = await issue({ commonName: "localhost", use: "server" }, main.ca);
  let connections = 0;
  const server = createSecureServer({
    cert: certificatePem(certificate),
    key: await keyPem(certificate),
    ca: certificatePem(main.ca),
    requestCert: true,
    allowHTTP1,
  }, ({ httpVersion, stream, socket }, response) => {
    const connection = httpVersion === "2.0" ? stream.session?.socket : socket;
    const peer = connection instanceof TLSSocket ? connection.getPeerCertificate() : undefined;
    response.end(JSON.stringify({ httpVersion, commonName: peer?.subject.CN, connections }));
  });
  server.on("secureConnection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
