/** HTTP proxies for the tests. They listen only on the loopback interface. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PeerCertificate, TLSSocket } from "node:tls";
import { certificatePem, type Issued, keyPem } from "../../lib/sandbox/pki.ts";
import { findFreePort } from "./ports.ts";

/** `CONNECT` request as a proxy received it. */
export interface SeenConnect {
  /** The host and port of the request, such as `localhost:443`. */
  readonly target: string;
  /** The header `proxy-authorization`. */
  readonly authorization: string | undefined;
  /** The common name of the certificate that the client presented to the proxy, or `null`. */
  readonly certificate: string | null;
}

/** Proxy that records requests. */
interface RecordingProxy {
  readonly url: string;
}

/**
 * Three instances of tinyproxy. They connect from the address of `Bind`, so that a server sees that
 * a request came through a proxy.
 */
export interface TinyProxies {
  /** Accepts every client. */
  readonly open: string;
  /** Requires the user `user` with the password `pass-word`. This URL does not hold them. */
  readonly closed: string;
  /** Rejects every request with status 403. */
  readonly refusing: string;
}

/** The address that tinyproxy connects from. */
const TINYPROXY_ADDRESS = "127.0.0.2";

/**
 * Starts the instances of tinyproxy, or returns `undefined` if it is not installed. They end with
 * this process.
 */
export async function startTinyProxies(): Promise<TinyProxies | undefined> {
  // On other systems the loopback interface has only one address.
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

/**
 * Starts a proxy that tunnels only to this machine. An `https:` proxy asks for a client certificate.
 * A user named after a status, such as `403`, gets that status.
 *
 * @param certificate The certificate of an `https:` proxy. Without it, the proxy is an `http:` one
 * @param seen Gets every `CONNECT`; several proxies may share it
 */
export async function startRecordingProxy(
  certificate: Issued | undefined,
  seen: SeenConnect[],
): Promise<RecordingProxy> {
  const server: Server = certificate === undefined ? createHttpServer() : createHttpsServer({
    cert: certificatePem(certificate),
    key: await keyPem(certificate),
    requestCert: true,
    rejectUnauthorized: false, // the proxy records every certificate
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
    const port = Number(/^(?:localhost|127\.0\.0\.1):(\d+)$/.exec(url)?.[1] ?? 0);
    if (port === 0) { // a runtime looks for a newer version of itself, for instance
      client.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
      return;
    }
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
  return { url: `http${certificate === undefined ? "" : "s"}://localhost:${port}` };
}

function decodeBasic(authorization = ""): string {
  return Buffer.from(authorization.replace(/^Basic /i, ""), "base64").toString();
}
