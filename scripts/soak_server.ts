/**
 * The server of `scripts/soak.ts`, in a process of its own, which misbehaves on purpose: it stalls,
 * answers half a body, resets, and restarts. What it does answer tells whose certificate it saw. It
 * ends with the process that started it.
 */
import { readFileSync } from "node:fs";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";

/** Where a soak's server listens. */
export interface SoakServer {
  /** The origin that wants certificates and misbehaves. */
  readonly origin: string;
  /** Answers with a {@linkcode ServerReport}, over plain HTTP, and always. */
  readonly reportUrl: string;
}

/** What the server has seen so far. */
export interface ServerReport {
  /** Connections that are open now. */
  readonly open: number;
  /** Connections so far, and those whose handshake was completed. */
  readonly connections: { tcp: number; tls: number };
  /** How often the server went down and came back. */
  readonly restarts: number;
  /** Requests that arrived, by what was done with them. */
  readonly deeds: Record<string, number>;
  /** Requests that arrived more than once, by their method: the runtime sent them again. */
  readonly repeated: Record<string, number>;
}

/** What a request may meet, in percent; the rest is answered. */
const MISDEEDS: readonly [number, string, (request: IncomingMessage) => void][] = [
  [4, "reset before the head", ({ socket }) => reset(socket)],
  [2, "never answered", () => {}],
];
const LATE = 4;
const HALF = 6;

/** How late a late answer is, in milliseconds: before and after the client's patience ends. */
const LATEST = 4500;

/** How many requests there are between two restarts: a slow machine has to get somewhere too. */
const REQUESTS_UP = 500;

/** How long the server is down then, in milliseconds. */
const DOWN = 50;

const [directory] = process.argv.slice(2);
const file = (name: string) => readFileSync(`${directory}/${name}`);

const report = { connections: { tcp: 0, tls: 0 }, restarts: 0, deeds: {}, repeated: {} };
const seen = new Set<string>();
let requests = 0;
/** The sockets under TLS, by the client's port: a reset is theirs to send. */
const sockets = new Map<number, Socket>();

const https = createServer({
  key: file("server.key"),
  cert: file("server.pem"),
  ca: file("ca.pem"),
  requestCert: true,
}, (request, response) => {
  response.on("error", () => {}); // the client may be gone
  respond(request, response).catch(() => {});
});
// An idle connection stays until the client ends it, so that one that is not closed is seen.
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
  for (const [percent, deed, misbehave] of MISDEEDS) {
    if ((draw -= percent) < 0) {
      increment(report.deeds, deed);
      return misbehave(request);
    }
  }
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const { socket } = request;
  const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : "none";
  const answer = JSON.stringify({ id, body, subject, filler: "-".repeat(Math.random() * 20_000) });

  if ((draw -= HALF) < 0) {
    const length = { "content-length": Buffer.byteLength(answer) };
    response.writeHead(200, draw % 1 < -0.5 ? length : {}); // the other half in chunks
    response.write(answer.slice(0, answer.length / 2), () => reset(socket));
    return increment(report.deeds, "half a body");
  }
  const isLate = (draw -= LATE) < 0;
  if (isLate) await sleep(Math.random() * LATEST);
  increment(report.deeds, isLate ? "answered late" : "answered");
  response.end(answer);
}

function increment(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Ends the connection with a TCP reset, without a word of TLS. */
function reset(socket: Socket): void {
  sockets.get(socket.remotePort ?? 0)?.resetAndDestroy();
}

async function listen(port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    https.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return (https.address() as AddressInfo).port;
}

/** Goes down with all its connections, and comes back on the same port. */
async function restart(): Promise<void> {
  const closed = new Promise((resolve) => https.close(resolve));
  for (const socket of sockets.values()) socket.destroy();
  await closed;
  await sleep(DOWN);
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
