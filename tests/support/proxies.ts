/** The HTTP proxies that the tests send requests through, on the loopback interface alone. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PeerCertificate, TLSSocket } from "node:tls";
import { certificatePem, type Issued, keyPem } from "../../lib/sandbox/pki.ts";

/** A `CONNECT` as a proxy saw it. */
export interface SeenConnect {
  /** What the client wants to be connected to, such as `localhost:443`. */
  readonly target: string;
  /** The header `proxy-authorization`. */
  readonly authorization: string | undefined;
  /** The common name of the client certificate that the proxy was shown; `null` where none was. */
  readonly certificate: string | null;
}

/** A proxy that keeps what it saw. */
export interface RecordingProxy {
  readonly url: string;
  /** Every `CONNECT` so far. */
  readonly seen: readonly SeenConnect[];
}

/** Tinyproxy, three times: on `Bind`'s address a server sees that a request came through it. */
export interface TinyProxies {
  /** Asks for nothing. */
  readonly open: string;
  /** Asks for the user `user` with the password `pass-word`; they are not in this URL. */
  readonly closed: string;
  /** Refuses to connect anyone to anything, with status 403. */
  readonly refusing: string;
}

/** The address that tinyproxy connects from. */
const TINYPROXY_ADDRESS = "127.0.0.2";

/** Starts tinyproxy; `undefined` where it is not on this machine. It ends with this process. */
export async function startTinyProxies(): Promise<TinyProxies | undefined> {
  // Elsewhere the loopback interface has one address alone.
  if (process.platform !== "linux" || spawnSync("tinyproxy", ["-v"]).error) return undefined;
  const [open, closed, refusing] = await Promise.all([
    startTinyProxy(),
    startTinyProxy("BasicAuth user pass-word"),
    startTinyProxy("ConnectPort 1"),
  ]);
  return { open, closed, refusing };
}

async function startTinyProxy(...settings: readonly string[]): Promise<string> {
  const port = await findFreePort();
  const directory = mkdtempSync(join(tmpdir(), "mc-mtls-tinyproxy-"));
  const file = join(directory, "tinyproxy.conf");
  const lines = [`Port ${port}`, "Listen 127.0.0.1", `Bind ${TINYPROXY_ADDRESS}`, ...settings];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const child = spawn("tinyproxy", ["-d", "-c", file], { stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => {
    child.kill();
    rmSync(directory, { recursive: true, force: true });
  });
  for await (const text of child.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    if (text.includes("Accepting connections")) break;
  }
  child.stdout.resume();
  child.unref();
  return `http://localhost:${port}`;
}

async function findFreePort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Starts a proxy that tunnels to this machine alone and asks for a client certificate where it
 * is an `https:` one. A user named after a status, such as `403`, is refused with it.
 *
 * @param certificate The proxy's own; without it the proxy is an `http:` one
 */
export async function startRecordingProxy(
  certificate: Issued | undefined,
): Promise<RecordingProxy> {
  const seen: SeenConnect[] = [];
  const server: Server = certificate === undefined ? createHttpServer() : createHttpsServer({
    cert: certificatePem(certificate),
    key: await keyPem(certificate),
    requestCert: true,
    rejectUnauthorized: false, // whatever certificate were shown would be recorded
  });
  server.on("connect", ({ url = "", headers, socket }, client: Socket) => {
    const authorization = headers["proxy-authorization"];
    const peer: Partial<PeerCertificate> = socket instanceof TLSSocket
      ? socket.getPeerCertificate()
      : {};
    const names = peer.subject?.CN;
    seen.push({
      target: url,
      authorization,
      certificate: names === undefined ? null : String(names),
    });
    client.on("error", () => client.destroy());
    const [, refusal] = /^(\d{3}):/.exec(decodeBasic(authorization)) ?? [];
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    const port = Number(/^(?:localhost|127\.0\.0\.1):(\d+)$/.exec(url)?.[1]);
    const target = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    target.on("error", () => client.destroy());
    client.on("close", () => target.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http${certificate === undefined ? "" : "s"}://localhost:${port}`, seen };
}

function decodeBasic(authorization = ""): string {
  return Buffer.from(authorization.replace(/^Basic /i, ""), "base64").toString();
}
