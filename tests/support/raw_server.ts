/**
 * TLS servers in the process of the test that answer with exactly the bytes that a test gives them.
 *
 * @module
 */
import * as events from "node:events";
import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { createServer, type TlsOptions, type TLSSocket } from "node:tls";
import { certificatePem, issue, type Issued, keyPem } from "../../lib/sandbox/pki.ts";

/** A certificate and its key as PEM. */
interface Pem {
  readonly cert: string;
  readonly key: string;
}

/** A CA, a server's certificate and a client's. */
export interface Identities {
  readonly authority: Issued;
  readonly ca: string;
  readonly server: Pem;
  readonly client: Pem;
}

/** A request that came, whole. */
export interface RawRequest {
  /** The request line and the headers, as they came. */
  readonly head: string;
  readonly body: string;
  /** Its number on this connection, from 0. */
  readonly index: number;
}

/** One step of an answer: bytes, milliseconds to wait, or the end of the connection. */
export type Step = string | Uint8Array | number | { readonly end: "close" | "reset" };

/** A server and what it saw. */
export interface RawServer {
  readonly origin: string;
  readonly requests: RawRequest[];
  /** The connections that were opened so far. */
  readonly sockets: TLSSocket[];
  /** Stops. */
  close(): void;
}

/** Issues the certificates that a test needs. CAs with equal names cannot be told apart. */
export async function issueIdentities(name = "a CA of the tests"): Promise<Identities> {
  const authority = await issue({ commonName: name, use: "ca" });
  const pem = async (issued: Issued) => ({
    cert: certificatePem(issued),
    key: await keyPem(issued),
  });
  return {
    authority,
    ca: certificatePem(authority),
    server: await pem(await issue({ commonName: "localhost", use: "server" }, authority)),
    client: await pem(await issue({ commonName: "the client", use: "client" }, authority)),
  };
}

/** Answers each request, or each head where `early` is set, in steps. */
export async function startRawServer(
  { ca, server: { cert, key } }: Identities,
  answer: (request: RawRequest, socket: TLSSocket) => readonly Step[] | void,
  { early = false, host = "127.0.0.1", ...tls }: TlsOptions & { early?: boolean; host?: string } =
    {},
): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const sockets: TLSSocket[] = [];
  const server = createServer({ cert, key, ca, requestCert: true, ...tls }, (socket) => {
    sockets.push(socket);
    let index = 0;
    let pending = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      pending += chunk.toString("latin1");
      for (let found; (found = takeRequest(pending, early)) !== undefined;) {
        const request = { head: found.head, body: found.body, index: index++ };
        pending = found.rest;
        requests.push(request);
        play(socket, answer(request, socket) ?? []);
      }
    });
  });
  server.on("tlsClientError", () => {});
  // Only a TCP socket can be reset, so the server gets its connections from one of our own.
  const tcp = createTcpServer((socket) => {
    socket.on("error", () => {});
    tcpSockets.set(socket.remotePort, socket);
    server.emit("connection", socket);
  });
  tcp.listen(0, host);
  await once(tcp, "listening");
  const name = host === "127.0.0.1" ? "localhost" : `[${host}]`;
  return {
    origin: `https://${name}:${(tcp.address() as AddressInfo).port}`,
    ...{ requests, sockets },
    close() {
      tcp.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const tcpSockets = new Map<number | undefined, Socket>();

async function play(socket: TLSSocket, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (typeof step === "number") await new Promise((resolve) => setTimeout(resolve, step));
    else if (typeof step === "string") socket.write(step, "latin1");
    else if (step instanceof Uint8Array) socket.write(step);
    else if (step.end === "close") socket.end();
    else tcpSockets.get(socket.remotePort)?.resetAndDestroy();
  }
}

/** Takes the first whole request off what came, its body by `content-length` or in chunks. */
function takeRequest(
  text: string,
  early: boolean,
): { head: string; body: string; rest: string } | undefined {
  const at = text.indexOf("\r\n\r\n");
  if (at === -1) return undefined;
  const head = text.slice(0, at);
  const after = text.slice(at + 4);
  if (early) return { head, body: "", rest: "" };
  if (/^transfer-encoding: chunked$/im.test(head)) {
    const end = after.startsWith("0\r\n\r\n") ? 0 : after.indexOf("\r\n0\r\n\r\n");
    if (end === -1) return undefined;
    const body = after.slice(0, end);
    return { head, body, rest: after.slice(end + (end === 0 ? 5 : 7)) };
  }
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  if (after.length < length) return undefined;
  return { head, body: after.slice(0, length), rest: after.slice(length) };
}

/** Counts the listeners that wait for an abort. */
export function countListeners(signal: AbortSignal): number {
  const { getEventListeners } = events as unknown as {
    getEventListeners(target: EventTarget, type: string): unknown[];
  };
  return getEventListeners(signal, "abort").length;
}
