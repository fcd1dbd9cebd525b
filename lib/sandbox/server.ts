/**
 * The HTTPS server of the sandbox.
 *
 * @module
 */
import { constants, X509Certificate } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { invalidArgument, McFetchError } from "../errors.ts";
import { DAY } from "../keys/validity.ts";
import { behave, type SandboxBehavior } from "./behavior.ts";
import { createPetstore, sendError } from "./petstore.ts";
import { certificatePem, type CertificateRequest, issue, type Issued, keyPem } from "./pki.ts";

/**
 * Answers a request before the Petstore does. Returns true if it answers, or calls `proceed` later
 * with the body that it read.
 */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  proceed: (body: Uint8Array) => void,
) => boolean;

/** What the server is started with. */
interface Settings {
  readonly ca: Issued;
  readonly port: number;
  readonly behavior: SandboxBehavior;
  /** The serial number of the revoked certificate. */
  readonly revoked: string;
  readonly handle: Handler;
}

/** TLS 1.3 has no renegotiation. One that resumes the session asks for no certificate. */
const LATE = {
  maxVersion: "TLSv1.2",
  secureOptions: constants.SSL_OP_NO_TICKET |
    constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION,
} as const;

/** The server's own certificate, where a behavior has another one. */
const CERTIFICATES: Readonly<Partial<Record<SandboxBehavior, () => Partial<CertificateRequest>>>> =
  {
    "expired-server": () => ({
      notBefore: new Date(Date.now() - 30 * DAY),
      notAfter: new Date(Date.now() - DAY),
    }),
    "other-host": () => ({ commonName: "other.example", host: "other.example" }),
  };

/**
 * Starts the server. It listens only on the loopback interface.
 *
 * @throws {McFetchError} `invalid_argument` if the port cannot be used
 */
export async function startServer(settings: Settings): Promise<Server> {
  const { ca, port, behavior } = settings;
  const own = CERTIFICATES[behavior]?.();
  const certificate = await issue({ commonName: "localhost", use: "server", ...own }, ca);
  const isLate = behavior === "asks-late";
  if (isLate && "Deno" in globalThis) {
    const message = "Cannot start the sandbox: Deno cannot ask for a certificate late; use Node";
    throw new McFetchError("unsupported_runtime", message);
  }
  const answer = createAnswer(settings);
  const server = createServer({
    key: await keyPem(certificate),
    cert: certificatePem(certificate),
    ca: certificatePem(ca),
    requestCert: !isLate,
    rejectUnauthorized: false, // the gateway rejects a certificate over HTTP, with status 422
    ...isLate && LATE,
  }, (request, response) => {
    if (isLate) askLate(request, () => answer(request, response));
    else answer(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    const fail = ({ code }: Error & { code?: string }) => reject(portProblem(port, code ?? ""));
    server.once("error", fail).listen(port, "127.0.0.1", () => {
      server.off("error", fail);
      resolve();
    });
  });
  return server;
}

function portProblem(port: number, code: string): McFetchError {
  const problem = code === "EADDRINUSE"
    ? `another program uses port ${port}; choose another port`
    : code === "EACCES"
    ? `your user may not use port ${port}; choose a port from 1024`
    : `the system does not open port ${port} (${code}); choose another port`;
  return invalidArgument("start the sandbox", problem);
}

/** Asks for the certificate of a connection that sent none yet. */
function askLate({ socket }: IncomingMessage, proceed: () => void): void {
  if (!(socket instanceof TLSSocket) || hasCertificate(socket)) return proceed();
  socket.renegotiate({ requestCert: true, rejectUnauthorized: false }, (error) => {
    if (error === null) proceed();
    else socket.destroy();
  });
}

function createAnswer({ ca, behavior, revoked, handle }: Settings) {
  const lateCa = behavior === "asks-late" ? new X509Certificate(certificatePem(ca)) : undefined;
  const answerPetstore = createPetstore();
  return (request: IncomingMessage, response: ServerResponse): void => {
    const problem = findCertificateProblem(request.socket, revoked, lateCa);
    if (problem !== undefined && behavior === "closes") {
      request.socket.destroy();
      return;
    }
    if (problem !== undefined) return sendError(response, 422, "INVALID_CLIENT_CERT", problem);
    const proceed = () => {
      const goOn = (body?: Uint8Array) => {
        describeCertificate(request.socket, response);
        answerPetstore(request, response, body);
      };
      if (!handle(request, response, goOn)) goOn();
    };
    if (!behave(behavior, request, response, proceed)) proceed();
  };
}

function hasCertificate(socket: TLSSocket): boolean {
  return Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
}

/** Returns the reason to reject the client certificate, or `undefined` if it is accepted. */
function findCertificateProblem(
  socket: Socket,
  revoked: string,
  lateCa: X509Certificate | undefined,
): string | undefined {
  if (!(socket instanceof TLSSocket)) return "The connection is not TLS";
  // This check comes first: a TLS 1.3 session resumed without a certificate is `authorized`.
  if (!hasCertificate(socket)) return "No client certificate was sent";
  const { serialNumber, valid_to } = socket.getPeerCertificate();
  if (serialNumber === revoked) return "The client certificate was revoked";
  if (socket.authorized) return undefined;
  const isOutdated = Date.parse(valid_to) < Date.now();
  // After a renegotiation, `authorized` is still about the first handshake.
  if (lateCa !== undefined && !isOutdated) {
    const { raw } = socket.getPeerCertificate();
    if (new X509Certificate(raw).verify(lateCa.publicKey)) return undefined;
  }
  // Deno's server gives another reason for an expired certificate.
  return isOutdated
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
