/**
 * Starts the server: nginx on the loopback interface, in a temporary folder. It requires a client
 * certificate.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { certificatePem, issue, type Issued, keyPem, writeP12 } from "../../lib/sandbox/pki.ts";
import { findFreePort } from "../../tests/support/ports.ts";

/** Running server, and the credentials to call it. */
export interface Server {
  /** The origin. It has the paths `/small`, `/100kB`, `/10MB` and, for POST, `/echo`. */
  readonly origin: string;
  /** The folder with `ca.pem`, `client.pem`, `client.key` and `client.p12`. */
  readonly folder: string;
  /** The CA of all certificates. */
  readonly ca: Issued;
  /** Stops the server and removes the folder. */
  stop(): Promise<void>;
}

/** The passphrase of `client.p12`. */
export const PASSPHRASE = "changeit";

/** The time limit of nginx's start, in milliseconds. */
const START_TIMEOUT = 10_000;

/** 200 bytes of JSON, like an API's answer. */
const SMALL = JSON.stringify({ id: 4711, name: "Bella", kind: "CAT", note: "x".repeat(200 - 49) });

/**
 * Writes the configuration. nginx never closes a connection, and says so in a header: undici then
 * keeps its connections while other contenders run. The contender "Agent per call" shows the cost
 * of a new connection. nginx offers HTTP/2, because Deno's `fetch` uses it by default.
 */
function configure(folder: string, port: number): string {
  const isRoot = process.getuid?.() === 0; // root must name the workers' user, and others must not
  return `
    daemon off;
    ${isRoot ? "user root;" : ""}
    worker_processes 1;
    pid nginx.pid;
    error_log stderr error;
    events { worker_connections 4096; }
    http {
      access_log off;
      client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
      uwsgi_temp_path uwsgi; scgi_temp_path scgi;
      keepalive_requests 100000000;
      keepalive_timeout 1h 1h;
      open_file_cache max=10;
      server {
        listen 127.0.0.1:${port} ssl http2;
        ssl_certificate server.pem;
        ssl_certificate_key server.key;
        ssl_client_certificate ca.pem;
        ssl_verify_client on;
        root ${folder};
        default_type application/octet-stream;
        location = /small { default_type application/json; return 200 '${SMALL}'; }
        location = /echo { default_type application/json; return 200 '{"id":4711,"created":true}'; }
        location = /100kB { }
        location = /10MB { }
        location / { return 404; }
      }
    }`;
}

/** Starts nginx. It ends with this process, also if the process is killed. */
export async function startServer(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "mc-mtls-bench-"));
  try {
    const ca = await writeCertificates(folder);
    await writeFile(join(folder, "100kB"), new Uint8Array(100_000));
    await writeFile(join(folder, "10MB"), new Uint8Array(10_000_000));
    const port = await findFreePort();
    await writeFile(join(folder, "nginx.conf"), configure(folder, port));
    const stop = await startNginx(folder, port);
    return { origin: `https://localhost:${port}`, folder, ca, stop };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Starts nginx below a shell. The shell stops nginx and removes the folder when its standard input
 * ends, which also happens if this process is killed.
 */
async function startNginx(folder: string, port: number): Promise<() => Promise<void>> {
  const script = 'trap "" INT; nginx -p "$0" -c nginx.conf -e stderr & read _; ' +
    'kill $! 2> /dev/null; wait; rm -rf "$0"';
  const shell = spawn("sh", ["-c", script, folder], { stdio: ["pipe", "inherit", "inherit"] });
  const exit = once(shell, "exit");
  const stop = async () => {
    shell.stdin.end();
    await exit;
  };
  for (const end = Date.now() + START_TIMEOUT; !await accepts(port); await delay(20)) {
    if (Date.now() < end) continue;
    await stop();
    throw new Error(`nginx did not start within ${START_TIMEOUT} ms; is it installed?`);
  }
  return stop;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function writeCertificates(folder: string): Promise<Issued> {
  const ca = await issue({ commonName: "bench CA", use: "ca" });
  const server = await issue({ commonName: "localhost", use: "server" }, ca);
  const client = await issue({ commonName: "bench client", use: "client" }, ca);
  const write = (name: string, content: string | Uint8Array) =>
    writeFile(join(folder, name), content, { mode: 0o600 });
  await write("ca.pem", certificatePem(ca));
  await write("server.pem", certificatePem(server));
  await write("server.key", await keyPem(server));
  await write("client.pem", certificatePem(client));
  await write("client.key", await keyPem(client));
  await write("client.p12", await writeP12(client, ca, PASSPHRASE));
  return ca;
}
