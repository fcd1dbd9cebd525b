/**
 * The server of `scripts/soak.ts`, in a separate process. It misbehaves on purpose: it stalls,
 * sends half a body, resets, and restarts. Each answer names the certificate of the request. The
 * process ends with the process that started it.
 */
import { readFileSync } from "node:fs";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";

/** Addresses of a soak's server. */
export interface SoakServer {
  /** The origin that requires a certificate and misbehaves. */
  readonly origin: string;
  /** The URL of the {@linkcode ServerReport}, over plain HTTP. It always answers. */
  readonly reportUrl: string;
}

/** Events of the server since its start. */
export interface ServerReport {
  /** The number of open connections. */
  readonly open: number;
  /** The number of all connections, and of those with a completed handshake. */
  readonly connections: { tcp: number; tls: number };
  /** The number of restarts. */
  readonly restarts: number;
  /** The number of requests by the server's reaction. */
  readonly reactions: Record<string, number>;
  /** The number of requests that the runtime sent more than once, by their method. */
  readonly repeated: Record<string, number>;
}

/** The reactions that are not an answer, with their frequency in percent. */
const FAILURES: readonly [number, string, (request: IncomingMessage) => void][] = [
  [4, "reset before the head", ({ socket }) => reset(socket)],
  [2, "never answered", () => {}],
];

/** The frequency of late answers, in percent. */
const LATE = 4;

/** The frequency of half bodies, in percent. */
const HALF = 6;

/** The longest delay of a late answer, in milliseconds. It is beyond the client's time limit. */
const MAX_DELAY = 4500;

/** The number of requests between two restarts, so that a slow machine also makes progress. */
const REQUESTS_UP = 500;

/** The time that a restart takes, in milliseconds. */
const DOWN_TIME = 50;

const [directory] = process.argv.slice(2);
const file = (name: string) => readFileSync(`${directory}/${name}`);

const report = { connections: { tcp: 0, tls: 0 }, restarts: 0, reactions: {}, repeated: {} };
const seen = new Set<string>();
let requests = 0;

/** The TCP sockets below TLS, by the client's port. Only they can send a reset. */
const sockets = new Map<number, Socket>();

const https = createServer({
  key: file("server.key"),
  cert: file("server.pem"),
  ca: file("ca.pem"),
  requestCert: true,
}, (request, response) => {
  response.on("error", () => {}); // the client may have closed the connection
  respond(request, response).catch(() => {});
});
// Idle connections stay open until the client closes them, so that the report shows leaks.
https.keepAliveTimeout = 60_000;
https.on("connection", (socket: Socket) => {
  const port = socket.remotePort ?? 0;
  report.connections.tcp++;
  sockets.set(port, socket);
  socket.on("error", () => {}).once("close", () => {
    if (sockets.get(port) === socket) sockets.delete(port);
  });
});
https.on("secureConnection", () => report.connections.tls++);

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = (request.url ?? "/").slice(1);
  if (seen.has(id)) increment(report.repeated, request.method ?? "");
  seen.add(id);
  if (++requests % REQUESTS_UP === 0) await restart();

  let draw = Math.random() * 100;
  for (const [percent, reaction, react] of FAILURES) {
    if ((draw -= percent) < 0) {
      increment(report.reactions, reaction);
      return react(request);
    }
  }
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const { socket } = request;
  const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : "none";
  const answer = JSON.stringify({ id, body, subject, filler: "-".repeat(Math.random() * 20_000) });

  if ((draw -= HALF) < 0) {
    const length = { "content-length": Buffer.byteLength(answer) };
    response.writeHead(200, draw % 1 < -0.5 ? length : {}); // one half of them without a length, in chunks
    response.write(answer.slice(0, answer.length / 2), () => reset(socket));
    return increment(report.reactions, "half a body");
  }
  const isLate = (draw -= LATE) < 0;
  if (isLate) await sleep(Math.random() * MAX_DELAY);
  increment(report.reactions, isLate ? "answered late" : "answered");
  response.end(answer);
}

function increment(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Ends the connection with a TCP reset, without a TLS alert. */
function reset(socket: Socket): void {
  sockets.get(socket.remotePort ?? 0)?.resetAndDestroy();
}

async function listen(port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    https.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return (https.address() as AddressInfo).port;
}

/** Closes the server with all connections, and opens it again on the same port. */
async function restart(): Promise<void> {
  const closed = new Promise((resolve) => https.close(resolve));
  for (const socket of sockets.values()) socket.destroy();
  await closed;
  await sleep(DOWN_TIME);
  await listen(port);
  report.restarts++;
}

const control = createHttpServer({ keepAlive: false }, (_request, response) => {
  const answer: ServerReport = { open: sockets.size, ...report };
  response.setHeader("connection", "close").end(JSON.stringify(answer));
});
process.once("disconnect", () => process.exit());

const port = await listen(0);
control.listen(0, "127.0.0.1", () => {
  const description: SoakServer = {
    origin: `https://localhost:${port}`,
    reportUrl: `http://127.0.0.1:${(control.address() as AddressInfo).port}/`,
  };
  process.send?.(description);
});
