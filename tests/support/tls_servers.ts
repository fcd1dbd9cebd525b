/**
 * Real TLS servers that refuse in their own ways: `openssl s_server`, nginx and Node, in TLS 1.2
 * and in TLS 1.3; and what is no TLS server at all.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import {
  certificatePem,
  issue,
  type Issued,
  keyPem,
  revocationList,
} from "../../lib/sandbox/pki.ts";

/** The servers, and the identities to call them with. */
export interface TlsServers {
  /** Each server's URL by its name, such as `strict 1.3`. */
  readonly urls: Record<string, string>;
  /** Where `ca.pem` is, and `NAME.pem` and `NAME.key` of each identity. */
  readonly directory: string;
  /** The programs that are not on this machine. */
  readonly missing: readonly string[];
}

const DAY = 24 * 60 * 60 * 1000;
const VERSIONS = { "1.2": "-tls1_2", "1.3": "-tls1_3" } as const;

const children: ChildProcess[] = [];
const servers: Server[] = [];

/** Starts them, with their files below the directory. */
export async function startTlsServers(parent: string): Promise<TlsServers> {
  const directory = join(parent, "tls");
  await mkdir(directory);
  await writeIdentities(directory);
  const missing = ["openssl", "nginx"].filter((name) => spawnSync(name, ["-v"]).error);
  const urls = await startOthers(directory);
  if (!missing.includes("openssl")) Object.assign(urls, await startOpenssl(directory));
  if (!missing.includes("nginx")) Object.assign(urls, await startNginx(directory));
  return { urls, directory, missing };
}

/** Ends what was started. */
export function stopTlsServers(): void {
  for (const child of children) child.kill();
  for (const server of servers) server.close();
}

async function writeIdentities(directory: string): Promise<void> {
  const authority = await issue({ commonName: "TLS test CA", use: "authority" });
  const stranger = await issue({ commonName: "another CA", use: "authority" });
  const past = {
    notBefore: new Date(Date.now() - 300 * DAY),
    notAfter: new Date(Date.now() - 9 * DAY),
  };
  const client = { commonName: "client", use: "client" } as const;
  const server = { commonName: "server", use: "server" } as const;
  const identities: Record<string, Issued> = {
    client: await issue(client, authority),
    expired: await issue({ ...client, ...past }, authority),
    foreign: await issue(client, stranger),
    "self-signed": await issue(client),
    "for-servers": await issue(server, authority),
    revoked: await issue(client, authority),
    server: await issue(server, authority),
    "server-expired": await issue({ ...server, ...past }, authority),
    "server-elsewhere": await issue({ ...server, host: "elsewhere.example" }, authority),
  };
  for (const [name, identity] of Object.entries(identities)) {
    await writeFile(join(directory, `${name}.pem`), certificatePem(identity));
    await writeFile(join(directory, `${name}.key`), await keyPem(identity));
  }
  const ca = certificatePem(authority);
  await writeFile(join(directory, "ca.pem"), ca);
  const crl = await revocationList(authority, [identities.revoked!]);
  await writeFile(join(directory, "ca-and-crl.pem"), ca + crl);
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
    wanted[`expired ${version}`] = [
      flag,
      "-cert",
      "server-expired.pem",
      "-key",
      "server-expired.key",
    ];
    wanted[`elsewhere ${version}`] = [
      ...[flag, "-cert", "server-elsewhere.pem", "-key", "server-elsewhere.key"],
    ];
  }
  wanted["TLS 1.1"] = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
  wanted["NULL cipher"] = ["-tls1_2", "-cipher", "NULL-SHA256:@SECLEVEL=0"];

  const urls: Record<string, string> = {};
  for (const [name, flags] of Object.entries(wanted)) {
    const port = await freePort();
    const certificate = flags.includes("-cert")
      ? []
      : ["-cert", "server.pem", "-key", "server.key"];
    const args = ["s_server", "-accept", `127.0.0.1:${port}`, "-www", "-quiet", ...certificate];
    urls[name] = await startProgram("openssl", [...args, ...flags], directory, port);
  }
  return urls;
}

async function startNginx(directory: string): Promise<Record<string, string>> {
  const urls: Record<string, string> = {};
  for (const version of Object.keys(VERSIONS)) {
    const port = await freePort();
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

async function startOthers(directory: string): Promise<Record<string, string>> {
  const { readFile } = await import("node:fs/promises");
  const file = (name: string) => readFile(join(directory, name));
  const urls: Record<string, string> = {};
  for (const version of Object.keys(VERSIONS)) {
    const protocol = `TLSv${version}` as "TLSv1.2" | "TLSv1.3";
    urls[`Node ${version}`] = await listen(createHttpsServer({
      ...{
        cert: await file("server.pem"),
        key: await file("server.key"),
        ca: await file("ca.pem"),
      },
      ...{ minVersion: protocol, maxVersion: protocol, requestCert: true },
    }, (_request, response) => response.end("hello")));
  }
  urls["no TLS"] = await listen(
    acceptTcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
  );
  urls["reset"] = await listen(acceptTcp((socket) => socket.resetAndDestroy()));
  urls["end"] = await listen(acceptTcp((socket) => socket.end()));
  urls["stalled"] = await listen(acceptTcp(() => {}));
  urls["refused"] = `https://localhost:${await freePort()}/`;
  return urls;
}

/** A server that does this to a connection as soon as something came. */
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a program, and waits until it listens. */
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
