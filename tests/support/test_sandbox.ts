/** The sandbox as the tests need it: it accepts more CAs, and counts its connections. */
import { type OpenSandbox, openSandbox } from "../../lib/sandbox/open.ts";
import { certificatePem, issue, keyPem } from "../../lib/sandbox/pki.ts";
import type { Handler } from "../../lib/sandbox/server.ts";

/** Connections since the start: `tcp` counts accepted ones, `tls` completed handshakes. */
export interface Connections {
  tcp: number;
  tls: number;
}

/** Sandbox with a count of its connections. */
interface TestSandbox extends OpenSandbox {
  readonly connections: Connections;
}

/** Starts a sandbox that also accepts the client certificates of these CAs, as PEM. */
export async function startTestSandbox(
  cas: readonly string[],
  handle?: Handler,
): Promise<TestSandbox> {
  const sandbox = await openSandbox(handle && { handle });
  const { ca, server } = sandbox;
  const certificate = await issue({ commonName: "localhost", use: "server" }, ca);
  server.setSecureContext({
    key: await keyPem(certificate),
    cert: certificatePem(certificate),
    ca: [certificatePem(ca), ...cas],
  });
  const connections: Connections = { tcp: 0, tls: 0 };
  server.on("connection", () => connections.tcp++);
  server.on("secureConnection", () => connections.tls++);
  return { ...sandbox, connections };
}
