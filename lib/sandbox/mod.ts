/**
 * Starts a local stand-in for Mastercard's sandbox: an HTTPS server that requires a client
 * certificate and answers as the Petstore of Mastercard's mTLS guide. It also makes the
 * certificates.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { McFetchError } from "../errors.ts";
import { answerPetstore, sendError } from "./petstore.ts";
import { certificatePem, issue, type Issued, keyPem, writeP12 } from "./pki.ts";

/** Running sandbox. */
export interface Sandbox {
  /** The origin, such as `https://localhost:40123`. */
  readonly origin: string;
  /** The folder with `ca.pem` and the files of each identity of {@linkcode IDENTITIES}. */
  readonly directory: string;
  /** The CA that issued the certificates. */
  readonly ca: Issued;
  /** The server. */
  readonly server: Server;
  /** Closes the connections and removes the files. */
  close(): Promise<void>;
}

/** Options of {@linkcode startSandbox}. */
export interface SandboxOptions {
  /** The port to listen on. Default is any free port. */
  readonly port?: number;
  /**
   * Answers a request before the Petstore does. Returns true if it answered. The sandbox of the
   * examples adds its routes here.
   */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** The passphrase of the sandbox's `.p12` files. Mastercard's guide uses the same one. */
export const PASSPHRASE = "keystorepassword";

/** The identities. Each has the files `NAME.p12`, `NAME.pem` and `NAME.key`. */
export const IDENTITIES = ["client", "expired", "foreign"] as const;

/** A day, in milliseconds. */
const DAY = 24 * 60 * 60 * 1000;

/**
 * Makes the certificates and starts the server. It listens only on the loopback interface.
 *
 * @throws {McFetchError} `unsupported_runtime` on Bun
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  if ("Bun" in globalThis) {
    const message =
      "Cannot start the sandbox: Bun's server does not show the client certificate; " +
      "start it with Node or Deno";
    throw new McFetchError("unsupported_runtime", message);
  }
  // OpenSSL tells CAs apart by their names. A random part makes the name of each sandbox unique.
  const commonName = `mc-mtls sandbox CA ${crypto.randomUUID().slice(0, 8)}`;
  const ca = await issue({ commonName, use: "ca" });
  const { port = 0, handle = () => false } = options;
  const server = await startServer(ca, port, handle);
  const directory = await mkdtemp(join(tmpdir(), "mc-mtls-sandbox-"));
  await writeFile(join(directory, "ca.pem"), certificatePem(ca));
  await writeIdentities(directory, ca);
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    directory,
    ca,
    server,
    async close() {
      server.close();
      server.closeAllConnections();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function startServer(
  ca: Issued,
  port: number,
  handle: NonNullable<SandboxOptions["handle"]>,
): Promise<Server> {
  const certificate = await issue({ commonName: "localhost", use: "server" }, ca);
  const server = createServer({
    key: await keyPem(certificate),
    cert: certificatePem(certificate),
    ca: certificatePem(ca),
    requestCert: true,
    rejectUnauthorized: false, // the gateway rejects a certificate over HTTP, with status 422
  }, (request, response) => {
    const problem = findCertificateProblem(request.socket);
    if (problem !== undefined) {
      sendError(response, 422, "INVALID_CLIENT_CERT", problem);
    } else if (!handle(request, response)) {
      describeCertificate(request.socket, response);
      answerPetstore(request, response);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return server;
}

async function writeIdentities(directory: string, ca: Issued): Promise<void> {
  const otherCa = await issue({ commonName: "another CA", use: "ca" });
  // Mastercard's sandbox names certificates so: seconds, environment, customer.
  const commonName = `${Math.floor(Date.now() / 1000)}-Client-MTF-000000`;
  const request = { commonName, use: "client" } as const;
  const past = {
    notBefore: new Date(Date.now() - 30 * DAY),
    notAfter: new Date(Date.now() - DAY),
  };
  const issued: Record<typeof IDENTITIES[number], [Issued, Issued]> = {
    client: [await issue(request, ca), ca],
    expired: [await issue({ ...request, ...past }, ca), ca],
    foreign: [await issue(request, otherCa), otherCa],
  };
  for (const name of IDENTITIES) {
    const [identity, issuer] = issued[name];
    const path = join(directory, name);
    const p12 = await writeP12(identity, issuer, PASSPHRASE);
    await writeFile(`${path}.pem`, certificatePem(identity));
    await writeFile(`${path}.key`, await keyPem(identity), { mode: 0o600 });
    await writeFile(`${path}.p12`, p12, { mode: 0o600 });
  }
}

/** Returns the reason to reject the client certificate, or `undefined` if it is accepted. */
function findCertificateProblem(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return "The connection is not TLS";
  // This check comes first: a TLS 1.3 session resumed without a certificate is `authorized`.
  if (Object.keys(socket.getPeerCertificate()).length === 0) {
    return "No client certificate was sent";
  }
  if (socket.authorized) return undefined;
  // Deno's server gives another reason for an expired certificate.
  return Date.parse(socket.getPeerCertificate().valid_to) < Date.now()
    ? "The client certificate has expired"
    : `The client certificate was not issued by a known CA (${socket.authorizationError})`;
}

/** Adds headers that show which certificate arrived. */
function describeCertificate(socket: Socket, response: ServerResponse): void {
  if (!(socket instanceof TLSSocket)) return;
  const { subject, valid_to } = socket.getPeerCertificate();
  response.setHeader("x-client-certificate-subject", `CN=${subject.CN}`);
  response.setHeader("x-client-certificate-expires", new Date(valid_to).toISOString());
}
