/**
 * The servers that the tests talk to, in a Node process of their own, so that a test means the
 * same on every runtime: the sandbox with a few routes more, a second origin, and a plain HTTP
 * port that tells how many connections each has seen. It ends with the process that started it.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { certificatePem, issue, keyPem } from "../../lib/sandbox/pki.ts";
import { startSandbox } from "../../lib/sandbox/mod.ts";
import { answerBodies } from "./bodies.ts";
import { startTlsServers, stopTlsServers, type TlsServers } from "./tls_servers.ts";
import {
  type SeenConnect,
  startRecordingProxy,
  startTinyProxies,
  type TinyProxies,
} from "./proxies.ts";

/** What the tests are told about the servers, in the environment variable `MC_MTLS_TEST_SERVER`. */
export interface TestServer {
  /** The origin of the sandbox. */
  readonly origin: string;
  /** Another origin, which accepts the same certificates. */
  readonly otherOrigin: string;
  /** The same routes over plain HTTP, where the runtime's own `fetch` can be compared with ours. */
  readonly plainOrigin: string;
  /** A third, whose authority `trustedFile` holds: the runtimes are started with it. */
  readonly trustedOrigin: string;
  /** A server that prefers HTTP/2 and requires a certificate; see `startHttp2Server`. */
  readonly http2Origin: string;
  /** A server that speaks HTTP/2 only. */
  readonly http2OnlyOrigin: string;
  /** For `NODE_EXTRA_CA_CERTS` and `DENO_CERT`. */
  readonly trustedFile: string;
  /** Answers with the connections of the first two, and what the proxies saw, as JSON. */
  readonly connectionsUrl: string;
  /** Proxies that keep what they saw; the `https:` one's certificate is from the sandbox's authority. */
  readonly proxies: { readonly http: string; readonly https: string };
  /** Absent where tinyproxy is not on this machine. */
  readonly tinyProxies?: TinyProxies | undefined;
  /** The sandbox's files; see `lib/sandbox/mod.ts`. */
  readonly directory: string;
  /** The other server's files. */
  readonly otherDirectory: string;
  /** Servers that refuse. */
  readonly tls: TlsServers;
}

const fixtureAuthority = readFileSync(new URL("../fixtures/ca.pem", import.meta.url), "utf8");

/** What the control port answers. */
export interface Seen {
  readonly main: { readonly tcp: number; readonly tls: number };
  readonly other: { readonly tcp: number; readonly tls: number };
  readonly proxies: readonly SeenConnect[];
  /** The open TLS connections that carried a request with `?watch=ID`, for each ID. */
  readonly open: Readonly<Record<string, number>>;
}

const watched = new Map<Socket, string>();

/** What came to each `/retire/*` and `/fail/*`, and the connections that answered there. */
interface Visits {
  count: number;
  readonly answered: WeakSet<Socket>;
}

const visits = new Map<string, Visits>();

const other = await startSandbox({
  ca: [fixtureAuthority],
  authorityName: "an unknown CA",
  handle: answerTests,
});
const main = await startSandbox({
  ca: [fixtureAuthority],
  handle: answerTests,
});
const tls = await startTlsServers(main.directory);
const trusted = await startSandbox({
  ca: [fixtureAuthority, certificatePem(main.authority)],
  authorityName: "a CA that the runtime trusts",
});
const httpProxy = await startRecordingProxy(undefined);
const httpsProxy = await startRecordingProxy(
  await issue({ commonName: "localhost", use: "server" }, main.authority),
);
const http2 = await startHttp2Server(true);
const http2Only = await startHttp2Server(false);
const tinyProxies = await startTinyProxies();
const control = createServer((request, response) => {
  if (request.url !== "/connections" && answerTests(request, response)) return;
  const seen: Seen = {
    main: main.connections,
    other: other.connections,
    proxies: [...httpProxy.seen, ...httpsProxy.seen],
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
  await Promise.all([main.close(), other.close(), trusted.close()]);
  process.exit();
});

/**
 * `/echo` tells what arrived and from where, `/redirect?status=302&to=URL` redirects there,
 * `/chain/3` redirects three times and then to `/echo`, `/stall` never answers. `/retire/ID` answers
 * the first request of a connection, and closes the connection at its next. `/fail/ID?times=2` closes
 * the first two connections. `/visits/ID` tells how many requests came to these. `/encoded?codings=`
 * begins a body with these codings. The rest is in `bodies.ts`.
 */
function answerTests(request: IncomingMessage, response: ServerResponse): boolean {
  const { pathname, searchParams } = new URL(request.url ?? "/", main.origin);
  const [, chain] = /^\/chain\/(\d+)$/.exec(pathname) ?? [];
  const [, route, id] = /^\/(retire|fail|visits)\/(\w+)$/.exec(pathname) ?? [];
  watch(request.socket, searchParams.get("watch"));
  if (pathname === "/echo") {
    echo(request, response);
  } else if (pathname === "/redirect") {
    const to = searchParams.get("to")?.replace("OTHER", other.origin);
    redirect(request, response, Number(searchParams.get("status")), to);
  } else if (chain !== undefined) {
    redirect(request, response, 302, chain === "1" ? "/echo" : `/chain/${Number(chain) - 1}`);
  } else if (id !== undefined) {
    visit(route!, id, Number(searchParams.get("times")), request, response);
  } else if (pathname === "/encoded") { // and never end
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

/** Answers with the protocol, the certificate's common name, and the connections so far. */
async function startHttp2Server(allowHTTP1: boolean): Promise<Http2SecureServer> {
  const certificate = await issue({ commonName: "localhost", use: "server" }, main.authority);
  let connections = 0;
  const server = createSecureServer({
    cert: certificatePem(certificate),
    key: await keyPem(certificate),
    ca: certificatePem(main.authority),
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
