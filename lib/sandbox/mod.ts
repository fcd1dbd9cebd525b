/**
 * A local stand-in for Mastercard's sandbox: the Petstore of Mastercard's mTLS guide behind an
 * HTTPS server that wants a client certificate, with certificates made for it.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { McFetchError } from "../errors.ts";
import { certificatePem, issue, type Issued, keyPem, pkcs12 } from "./pki.ts";
import { answerPetstore, sendErrors } from "./petstore.ts";

/** A sandbox that listens. */
export interface Sandbox {
  /** Its origin, such as `https://localhost:40123`. */
  readonly origin: string;
  /** Where its files are: `ca.pem`, and each identity of {@linkcode IDENTITIES}. */
  readonly directory: string;
  /** The authority of its certificates. */
  readonly authority: Issued;
  /** Connections so far: `tcp` counts those opened, `tls` those whose handshake was completed. */
  readonly connections: { tcp: number; tls: number };
  /** Ends its connections and removes its files. */
  close(): Promise<void>;
}

/** What a sandbox may be given. */
export interface SandboxOptions {
  /** Port to listen on. Default is any free one. */
  readonly port?: number;
  /** The common name of its authority. Default is "mc-mtls sandbox CA". */
  readonly authorityName?: string;
  /** More authorities whose client certificates are accepted, as PEM. */
  readonly ca?: readonly string[];
  /** Answers before the Petstore does; `true` when it did. */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** The passphrase of the sandbox's `.p12` files: the one that Mastercard's guide uses. */
export const PASSPHRASE = "keystorepassword";

/** Each is there as `NAME.p12`, `NAME.pem` and `NAME.key`. */
export const IDENTITIES = ["client", "expired", "foreign"] as const;

const DAY = 24 * 60 * 60 * 1000;

/**
 * Makes the certificates and starts the server, on the loopback interface alone.
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
  // OpenSSL tells authorities apart by their names, so each sandbox's has one of its own.
  const { authorityName = `mc-mtls sandbox CA ${crypto.randomUUID().slice(0, 8)}` } = options;
  const authority = await issue({ commonName: authorityName, use: "authority" });
  const server = await issue({ commonName: "localhost", use: "server" }, authority);
  const directory = await mkdtemp(join(tmpdir(), "mc-mtls-sandbox-"));
  await writeFile(join(directory, "ca.pem"), certificatePem(authority));
  await writeIdentities(directory, authority);

  const connections = { tcp: 0, tls: 0 };
  const https = createServer({
    key: await keyPem(server),
    cert: certificatePem(server),
    ca: [certificatePem(authority), ...options.ca ?? []],
    requestCert: true,
    rejectUnauthorized: false, // the gateway answers a bad certificate over HTTP, with status 422
  }, (request, response) => {
    const refusal = refuse(request.socket);
    if (refusal !== undefined) {
      sendErrors(response, 422, "INVALID_CLIENT_CERT", refusal);
    } else if (!options.handle?.(request, response)) {
      describeCertificate(request.socket, response);
      answerPetstore(request, response);
    }
  });
  https.on("connection", () => connections.tcp++);
  https.on("secureConnection", () => connections.tls++);
  await new Promise<void>((resolve, reject) => {
    https.once("error", reject).listen(options.port ?? 0, "127.0.0.1", resolve);
  });

  return {
    origin: `https://localhost:${(https.address() as AddressInfo).port}`,
    directory,
    authority,
    connections,
    async close() {
      https.close();
      https.closeAllConnections();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function writeIdentities(directory: string, authority: Issued): Promise<void> {
  const stranger = await issue({ commonName: "another CA", use: "authority" });
  // Named as Mastercard's sandbox names certificates: seconds, environment, customer.
  const commonName = `${Math.floor(Date.now() / 1000)}-Client-MTF-000000`;
  const request = { commonName, use: "client" } as const;
  const past = {
    notBefore: new Date(Date.now() - 30 * DAY),
    notAfter: new Date(Date.now() - DAY),
  };
  const issued: Record<typeof IDENTITIES[number], [Issued, Issued]> = {
    client: [await issue(request, authority), authority],
    expired: [await issue({ ...request, ...past }, authority), authority],
    foreign: [await issue(request, stranger), stranger],
  };
  for (const name of IDENTITIES) {
    const [identity, issuer] = issued[name];
    const path = join(directory, name);
    await writeFile(`${path}.pem`, certificatePem(identity));
    await writeFile(`${path}.key`, await keyPem(identity), { mode: 0o600 });
    await writeFile(`${path}.p12`, await pkcs12(identity, issuer, PASSPHRASE), {
      mode: 0o600,
    });
  }
}

/** Why the client certificate is not accepted, or `undefined` where it is. */
function refuse(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return "The connection is not TLS";
  // Looked at first: a session of TLS 1.3 that was resumed without a certificate is `authorized`.
  if (Object.keys(socket.getPeerCertificate()).length === 0) {
    return "No client certificate was sent";
  }
  if (socket.authorized) return undefined;
  // Deno's server gives another reason for an expired one.
  return Date.parse(socket.getPeerCertificate().valid_to) < Date.now()
    ? "The client certificate has expired"
    : `The client certificate was not issued by a known authority (${socket.authorizationError})`;
}

/** Lets the caller see what certificate arrived. */
function describeCertificate(socket: Socket, response: ServerResponse): void {
  if (!(socket instanceof TLSSocket)) return;
  const { subject, valid_to } = socket.getPeerCertificate();
  response.setHeader("x-client-certificate-subject", `CN=${subject.CN}`);
  response.setHeader("x-client-certificate-expires", new Date(valid_to).toISOString());
}
