/**
 * Real TLS servers that reject clients, each in its own way: `openssl s_server`, nginx and Node,
 * with TLS 1.2 and TLS 1.3; and servers without TLS.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { certificatePem, issue, type Issued, keyPem } from "../../lib/sandbox/pki.ts";
import { findFreePort, findRefusingPort } from "./ports.ts";
import { writeRevocationList } from "./revocations.ts";

/** Servers, and the identities to call them with. */
export interface TlsServers {
  /** The servers' URLs by their names, such as `strict 1.3`. */
  readonly urls: Record<string, string>;
  /** The folder with `ca.pem`, and `NAME.pem` and `NAME.key` of each identity. */
  readonly directory: string;
  /** The programs that are not installed. */
  readonly missing: readonly string[];
}

/** A day, in milliseconds. */
const DAY = 24 * 60 * 60 * 1000;
const VERSIONS = { "1.2": "-tls1_2", "1.3": "-tls1_3" } as const;

const children: ChildProcess[] = [];
const servers: Server[] = [];

/** Starts the servers, with their files in a folder below `parent`. */
export async function startTlsServers(parent: string): Promise<TlsServers> {
  const directory = join(parent, "tls");
  await mkdir(directory);
  await writeIdentities(directory);
  const missing = ["openssl", "nginx"].filter((name) => spawnSync(name, ["-v"]).error);
  const urls = await startNodeServers(directory);
  if (!missing.includes("openssl")) Object.assign(urls, await startOpenssl(directory));
  if (!missing.includes("nginx")) Object.assign(urls, await startNginx(directory));
  return { urls, directory, missing };
}

/** Stops the servers. */
export function stopTlsServers(): void {
  for (const child of children) child.kill();
  for (const server of servers) server.close();
}

async function writeIdentities(directory: string): Promise<void> {
  const ca = await issue({ commonName: "TLS test CA", use: "ca" });
  const otherCa = await issue({ commonName: "another CA", use: "ca" });
  const past = {
    notBefore: new Date(Date.now() - 300 * DAY),
    notAfter: new Date(Date.now() - 9 * DAY),
  };
  const client = { commonName: "client", use: "client" } as const;
  const server = { commonName: "server", use: "server" } as const;
  const revoked = await issue(client, ca);
  const identities: Record<string, Issued> = {
    client: await issue(client, ca),
    expired: await issue({ ...client, ...past }, ca),
    foreign: await issue(client, otherCa),
    "self-signed": await issue(client),
    "for-servers": await issue(server, ca),
    revoked,
    server: await issue(server, ca),
    "server-expired": await issue({ ...server, ...past }, ca),
    "server-elsewhere": await issue({ ...server, host: "elsewhere.example" }, ca),
  };
  for (const [name, identity] of Object.entries(identities)) {
    await writeFile(join(directory, `${name}.pem`), certificatePem(identity));
    await writeFile(join(directory, `${name}.key`), await keyPem(identity));
  }
  const caPem = certificatePem(ca);
  await writeFile(join(directory, "ca.pem"), caPem);
  const crl = await writeRevocationList(ca, [revoked]);
  await writeFile(join(directory, "ca-and-crl.pem"), caPem + crl);
}

async function startOpenssl(directory: string): Promise<Record<string, string>> {
  const verify = [
    "-Verify",
    "2",
    "-verify_return_error",
    "-CAfile",
    "ca-and-crl.pem",
    "-crl_check",
  ];
  const wanted: Record<string, string[]> = {};
  for (const [version, flag] of Object.entries(VERSIONS)) {
    wanted[`strict ${version}`] = [flag, ...verify];
    wanted[`no RSA ${version}`] = [flag, ...verify, "-client_sigalgs", "ECDSA+SHA256"];
    wanted[`expired ${version}`] = [flag, ...certificateFlags("server-expired")];
    wanted[`elsewhere ${version}`] = [flag, ...certificateFlags("server-elsewhere")];
  }
  wanted["TLS 1.1"] = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
  wanted["NULL cipher"] = ["-tls1_2", "-cipher", "NULL-SHA256:@SECLEVEL=0"];

  const urls: Record<string, string> = {};
  for (const [name, flags] of Object.entries(wanted)) {
    const port = await findFreePort();
    const certificate = flags.includes("-cert") ? [] : certificateFlags("server");
    const args = ["s_server", "-accept", `127.0.0.1:${port}`, "-www", "-quiet", ...certificate];
    urls[name] = await startProgram("openssl", [...args, ...flags], directory, port);
  }
  return urls;
}

function certificateFlags(name: string): string[] {
  return ["-cert", `${name}.pem`, "-key", `${name}.key`];
}

async function startNginx(directory: string): Promise<Record<string, string>> {
  const urls: Record<string, string> = {};
  for (const version of Object.keys(VERSIONS)) {
    const port = await findFreePort();
    const config = `nginx-${version}.conf`;
    await writeFile(
      join(directory, config),
      `daemon off; pid nginx-${version}.pid; error_log stderr crit;
      events {}
      http {
        access_log off;
        client_body_temp_path . ; proxy_temp_path . ; fastcgi_temp_path . ;
        uwsgi_temp_path . ; scgi_temp_path . ;
        server {
          listen 127.0.0.1:${port} ssl;
          ssl_protocols TLSv${version};
          ssl_certificate server.pem; ssl_certificate_key server.key;
          ssl_client_certificate ca.pem; ssl_verify_client on;
          location / { return 200 "$ssl_client_s_dn"; }
        }
      }`,
    );
    const args = ["-p", directory, "-c", config, "-e", "stderr"];
    urls[`nginx ${version}`] = await startProgram("nginx", args, directory, port);
  }
  return urls;
}

async function startNodeServers(directory: string): Promise<Record<string, string>> {
  const file = (name: string) => readFile(join(directory, name));
  const urls: Record<string, string> = {};
  for (const version of Object.keys(VERSIONS)) {
    const protocol = `TLSv${version}` as "TLSv1.2" | "TLSv1.3";
    urls[`Node ${version}`] = await listen(createHttpsServer({
      cert: await file("server.pem"),
      key: await file("server.key"),
      ca: await file("ca.pem"),
      minVersion: protocol,
      maxVersion: protocol,
      requestCert: true,
    }, (_request, response) => response.end("hello")));
  }
  urls["no TLS"] = await listen(
    acceptTcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
  );
  urls["reset"] = await listen(acceptTcp((socket) => socket.resetAndDestroy()));
  urls["end"] = await listen(acceptTcp((socket) => socket.end()));
  urls["stalled"] = await listen(acceptTcp(() => {}));
  urls["refused"] = `https://localhost:${await findRefusingPort()}/`;
  return urls;
}

/** Makes a server that calls `then` with a connection as soon as the client sends data. */
function acceptTcp(then: (socket: Socket) => void): Server {
  return createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => then(socket));
  });
}

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `https://localhost:${(server.address() as AddressInfo).port}/`;
}

/** Starts a program, and waits until it listens on the port. */
async function startProgram(
  command: string,
  args: readonly string[],
  cwd: string,
  port: number,
): Promise<string> {
  children.push(spawn(command, args, { cwd, stdio: "ignore" }));
  for (let attempt = 0; attempt < 100; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (await accepts(port)) return `https://localhost:${port}/`;
  }
  throw new Error(`${command} did not start: ${args.join(" ")}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
