/**
 * The server of the patched worlds. It asks for a client certificate, answers with the subject, and
 * records each request, also without a certificate.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { certificatePem, issue, keyPem } from "../lib/sandbox/pki.ts";

/** Request that arrived. */
export interface Arrival {
  readonly path: string;
  /** The subject of the client certificate, or `undefined` without one. */
  readonly subject: string | undefined;
}

/** Running server. */
export interface WorldsServer {
  /** The environment variables that a world reads. */
  readonly env: Readonly<Record<string, string>>;
  /** Returns the requests since the last call. */
  takeArrivals(): Arrival[];
  /** Ends the connections and removes the files. */
  close(): Promise<void>;
}

/** The two callers, by the common names of their certificates. */
const CALLERS: readonly string[] = ["caller-a", "caller-b"];

/** Makes the certificates and starts the server on the loopback interface. */
export async function startWorldsServer(): Promise<WorldsServer> {
  const ca = await issue({ commonName: "mc-mtls worlds CA", use: "ca" });
  const server = await issue({ commonName: "localhost", use: "server" }, ca);
  const credentials: Record<string, { cert: string; key: string }> = {};
  for (const commonName of CALLERS) {
    const issued = await issue({ commonName, use: "client" }, ca);
    credentials[commonName] = { cert: certificatePem(issued), key: await keyPem(issued) };
  }
  const directory = await mkdtemp(join(tmpdir(), "mc-mtls-worlds-"));
  const caFile = join(directory, "ca.pem");
  await writeFile(caFile, certificatePem(ca));

  let arrivals: Arrival[] = [];
  let serial = 0;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { url: path = "/", method, socket } = request;
    const subject = readSubject(socket);
    arrivals.push({ path, subject });
    if (subject !== undefined) response.setHeader("x-client-certificate-subject", subject);
    response.setHeader("content-type", "application/json");
    request.resume().once("end", () => {
      response.end(JSON.stringify({ subject, method, serial: ++serial }));
    });
  };
  const https = createServer({
    key: await keyPem(server),
    cert: certificatePem(server),
    ca: certificatePem(ca),
    requestCert: true,
    rejectUnauthorized: false, // the server records a request without a certificate
  }, answer);
  await new Promise<void>((resolve, reject) => {
    https.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    env: {
      SERVER: `https://localhost:${(https.address() as AddressInfo).port}`,
      CREDENTIALS: JSON.stringify(credentials),
      NODE_EXTRA_CA_CERTS: caFile, // Node and Bun
      DENO_CERT: caFile,
    },
    takeArrivals() {
      const taken = arrivals;
      arrivals = [];
      return taken;
    },
    async close() {
      https.close();
      https.closeAllConnections();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function readSubject(socket: IncomingMessage["socket"]): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  return subject === undefined ? undefined : `CN=${subject.CN}`;
}
