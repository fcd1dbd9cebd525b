/**
 * Servers with which a request fails: nginx, Apache httpd, `openssl s_server`, `gnutls-serv`, and
 * servers of Node's that send exact bytes. They start when a test asks for them.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { findFreePort } from "./ports.ts";
import { makeTroubleCertificates } from "./trouble_certificates.ts";

/** The servers and their files. */
export interface TroubleServers {
  /** The ports by the servers' names. */
  readonly ports: Readonly<Record<string, number>>;
  /** The folder with `NAME.pem` and `NAME.key`. */
  readonly directory: string;
  /** The programs that are not installed. */
  readonly missing: readonly string[];
}

const PROGRAMS = { openssl: "version", apache2: "-v", "gnutls-serv": "--version", nginx: "-v" };
const missing = Object.entries(PROGRAMS)
  .filter(([name, flag]) => spawnSync(name, [flag]).error).map(([name]) => name);
let directory = "";
const children: ChildProcess[] = [];
const servers: Server[] = [];
const ports: Record<string, number> = {};

async function startProgram(
  name: string,
  command: keyof typeof PROGRAMS,
  describe: (port: number) => readonly string[],
): Promise<void> {
  if (missing.includes(command)) return;
  const port = await findFreePort();
  children.push(spawn(command, describe(port), { cwd: directory, stdio: "ignore" }));
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await accepts(port)) {
      ports[name] = port;
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${command} did not start: ${describe(port).join(" ")}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

function sServer(name: string, certificate: string, ...flags: string[]): Promise<void> {
  const files = ["-cert", `${certificate}.pem`, "-key", `${certificate}.key`];
  const args = ["s_server", "-www", "-quiet", ...files, ...flags];
  return startProgram(name, "openssl", (port) => [...args, "-accept", `127.0.0.1:${port}`]);
}

/** Apache: asks late, in `/late`, and rejects long chains. */
function apache(name: string, protocol: string, more = ""): Promise<void> {
  return startProgram(name, "apache2", (port) => {
    const file = join(directory, `apache-${port}.conf`);
    const modules = ["mpm_event", "authz_core", "ssl", "socache_shmcb"]
      .map((module) => `LoadModule ${module}_module /usr/lib/apache2/modules/mod_${module}.so`);
    writeFileSync(
      file,
      [
        ...modules,
        `ServerRoot ${directory}`,
        `DocumentRoot ${directory}`,
        `PidFile ${directory}/apache-${port}.pid`,
        "ServerName localhost",
        `Listen 127.0.0.1:${port}`,
        `ErrorLog ${directory}/apache-${port}.log`,
        "SSLEngine on",
        `SSLProtocol ${protocol}`,
        `SSLCertificateFile ${directory}/server.pem`,
        `SSLCertificateKeyFile ${directory}/server.key`,
        `SSLCACertificateFile ${directory}/root.pem`,
        more,
        `<Location /late>`,
        "SSLVerifyClient require",
        "SSLVerifyDepth 2",
        "</Location>",
      ].join("\n"),
    );
    return ["-f", file, "-DFOREGROUND"];
  });
}

/** nginx with one location that answers with what it saw of the certificate. */
function nginx(name: string, settings: string): Promise<void> {
  return startProgram(name, "nginx", (port) => {
    const file = join(directory, `nginx-${port}.conf`);
    writeFileSync(
      file,
      `daemon off; pid nginx-${port}.pid; error_log stderr crit; events {}
      http {
        access_log off;
        client_body_temp_path . ; proxy_temp_path . ; fastcgi_temp_path . ;
        uwsgi_temp_path . ; scgi_temp_path . ;
        server {
          listen 127.0.0.1:${port} ssl; listen [::1]:${port} ssl;
          ssl_certificate server.pem; ssl_certificate_key server.key; ${settings}
          location / { return 200 "$ssl_client_verify"; }
        }
      }`,
    );
    return ["-p", directory, "-c", file, "-e", "stderr"];
  });
}

function listen(name: string, server: Server, host = "127.0.0.1"): Promise<void> {
  servers.push(server);
  server.on("tlsClientError", () => {}).on("sessionError", () => {});
  return new Promise((resolve) =>
    server.listen(0, host, () => {
      ports[name] = (server.address() as AddressInfo).port;
      resolve();
    })
  );
}

/** A server that answers the first bytes of a connection with these. */
function tcp(then: (socket: Socket) => void): Server {
  return createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => then(socket));
  });
}

/** A server that answers every request with these bytes. */
function http(answer: string | ((socket: TLSSocket) => void)): Server {
  const [cert, key] = ["pem", "key"].map((kind) => readFileSync(join(directory, `server.${kind}`)));
  return createTlsServer({ cert, key }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      if (typeof answer === "function") answer(socket);
      else socket.end(answer, "latin1");
    });
  });
}

/** Ends a TLS connection without `close_notify`. */
function cutOff(socket: TLSSocket): void {
  socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npart of a body");
  setTimeout(() => {
    (socket as TLSSocket & { _parent?: Socket })._parent?.destroy();
    socket.destroy();
  }, 200);
}

function alert(number: number): (socket: Socket) => void {
  return (socket) => void socket.end(Uint8Array.of(21, 3, 3, 0, 2, 2, number));
}

let started: Promise<TroubleServers> | undefined;

/** Starts the servers, once, with their files in a folder below `parent`. */
export function startTroubleServers(parent: string): Promise<TroubleServers> {
  return started ??= start(join(parent, "trouble"));
}

/** Stops the servers. */
export function stopTroubleServers(): void {
  for (const child of children) child.kill();
  for (const server of servers) server.close();
}

async function start(folder: string): Promise<TroubleServers> {
  directory = folder;
  if (missing.includes("openssl")) return { ports, directory, missing };
  mkdirSync(directory);
  makeTroubleCertificates(directory);
  writeFileSync(join(directory, "late"), "hello");
  const file = (name: string) => readFileSync(join(directory, name));
  const chain = Buffer.concat([file("chained.pem"), file("intermediate.pem")]);
  writeFileSync(join(directory, "chained-whole.pem"), chain);
  writeFileSync(join(directory, "chained-whole.key"), file("chained.key"));
  const sha1Chain = Buffer.concat([file("sha1-chained.pem"), file("sha1-intermediate.pem")]);
  writeFileSync(join(directory, "sha1-chain.pem"), sha1Chain);
  writeFileSync(join(directory, "sha1-chain.key"), file("sha1-chained.key"));
  const clientChain = Buffer.concat([file("client-chained.pem"), file("intermediate.pem")]);
  writeFileSync(join(directory, "client-chain.pem"), clientChain);
  writeFileSync(join(directory, "client-chain.key"), file("client-chained.key"));

  const http2 = createSecureServer({
    ...{ cert: file("server.pem"), key: file("server.key"), allowHTTP1: false },
  }, (_request, response) => response.end("hello"));
  const strict = ["-Verify", "2", "-verify_return_error", "-CAfile", "root.pem"];
  const whole = ["-cert_chain", "intermediate.pem"];
  const gnutls = ["--x509certfile", "server.pem", "--x509keyfile", "server.key", "--http"];
  const unsafe = "NORMAL:-VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION";
  const dh = ["-tls1_2", "-cipher", "DHE:@SECLEVEL=0", "-dhparam", "dh.pem"];
  await Promise.all([
    sServer("future", "future"),
    sServer("sha1", "sha1", "-cipher", "ALL:@SECLEVEL=0"),
    sServer(
      "sha1 intermediate",
      "sha1-chain",
      "-cert_chain",
      "sha1-intermediate.pem",
      "-cipher",
      "ALL:@SECLEVEL=0",
    ),
    sServer("for clients", "for-clients"),
    sServer("signs only", "signs-only"),
    sServer("v1", "v1"),
    sServer("short", "short", "-cipher", "ALL:@SECLEVEL=0"),
    sServer("self-signed", "self-signed"),
    sServer("P-384 only", "server", ...strict, "-groups", "P-384"),
    sServer("X25519 only", "server", ...strict, "-groups", "X25519"),
    sServer("P-521 only", "server", ...strict, "-groups", "P-521"),
    sServer("self-signed leaf", "self-signed-leaf"),
    sServer("strict", "server", ...strict),
    sServer(
      "strict, ECDSA only",
      "server",
      ...strict,
      "-tls1_2",
      "-client_sigalgs",
      "ECDSA+SHA256",
    ),
    sServer("whole chain", "chained", ...whole),
    sServer("leaf alone", "chained"),
    sServer("small DH", "server", ...dh),
    startProgram("no RFC 5746", "gnutls-serv", (port) => [
      ...["--port", String(port), "--priority", unsafe, ...gnutls],
    ]),
    apache("late 1.2", "TLSv1.2"),
    apache("late 1.3", "TLSv1.3"),
    apache("short depth 1.2", "TLSv1.2", "SSLVerifyClient require\nSSLVerifyDepth 1"),
    apache("short depth 1.3", "TLSv1.3", "SSLVerifyClient require\nSSLVerifyDepth 1"),
    nginx("never asks", ""),
    nginx("asks", "ssl_client_certificate root.pem; ssl_verify_client on;"),
    nginx(
      "asks in TLS 1.2",
      "ssl_client_certificate root.pem; ssl_verify_client on; ssl_protocols TLSv1.2;",
    ),
    listen("HTTP/2 only", http2),
    listen("plain HTTP", tcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))),
    listen(
      "plain HTTP on ::1",
      tcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
      "::1",
    ),
    listen("internal_error", tcp(alert(80))),
    listen("handshake_failure", tcp(alert(40))),
    listen("weird alert", tcp(alert(109))),
    listen(
      "long header",
      http(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}\r\nContent-Length: 0\r\n\r\n`),
    ),
    listen(
      "huge header",
      http(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(2_000_000)}\r\nContent-Length: 0\r\n\r\n`),
    ),
    listen("no HTTP", http("SSH-2.0-OpenSSH_9.2\r\n")),
    listen("bad header name", http("HTTP/1.1 200 OK\r\nBad Name: x\r\nContent-Length: 0\r\n\r\n")),
    listen(
      "two lengths",
      http("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    ),
    listen("bad status", http("HTTP/1.1 20 OK\r\n\r\n")),
    listen("bad length", http("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")),
    listen("bad chunks", http("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
    listen("cut off", http(cutOff)),
    listen(
      "trickling proxy",
      tcp((socket) => {
        socket.write("HTTP/1.1 200 OK\r\nX: ");
        const timer = setInterval(() => socket.write("x"), 300);
        socket.on("close", () => clearInterval(timer));
      }),
    ),
  ]);
  return { ports, directory, missing };
}
