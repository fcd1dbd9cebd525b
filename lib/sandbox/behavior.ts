/**
 * The behaviors of the sandbox: failures that are hard to get from a real server.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { sendError } from "./petstore.ts";

/**
 * Behavior of the sandbox:
 * - `gateway`: rejects a wrong certificate with status 422, as Mastercard's gateway does.
 * - `closes`: closes the connection instead, without a response, as some servers do.
 * - `slow`: waits 10 seconds before each response.
 * - `asks-late`: asks for the certificate after the request, by TLS 1.2 renegotiation. Needs Node.
 * - `rejects`: rejects every certificate with status 422 and a body in JSON.
 * - `rejects-xml`: the same, with a body in XML.
 * - `rejects-html`: rejects every certificate with status 400 and nginx's page.
 * - `declines`: accepts the certificate, and declines the request with status 401.
 * - `expired-server`: the server's own certificate has expired.
 * - `other-host`: the server's own certificate is for another host.
 */
export type SandboxBehavior =
  | "gateway"
  | "closes"
  | "slow"
  | "asks-late"
  | "rejects"
  | "rejects-xml"
  | "rejects-html"
  | "declines"
  | "expired-server"
  | "other-host";

/** The behaviors with what each does, for help. */
export const BEHAVIORS: Readonly<Record<SandboxBehavior, string>> = {
  gateway: "reject a wrong certificate with status 422",
  closes: "close the connection instead",
  slow: "wait 10 seconds before each response",
  "asks-late": "ask for the certificate after the request (TLS 1.2; on Node)",
  rejects: "reject every certificate with status 422",
  "rejects-xml": "the same, with a body in XML",
  "rejects-html": "the same, with status 400 and a page of nginx",
  declines: "decline every request with status 401",
  "expired-server": "have a server certificate that has expired",
  "other-host": "have a server certificate for another host",
};

/** The wait of the behavior `slow`, in milliseconds. */
const DELAY = 10_000;

const REJECTED = "The client certificate was rejected";

const XML = `<?xml version="1.0" encoding="UTF-8"?>
<Errors><Error><Source>Gateway</Source><ReasonCode>INVALID_CLIENT_CERT</ReasonCode>` +
  `<Description>${REJECTED}</Description><Recoverable>false</Recoverable></Error></Errors>
`;

const HTML = `<html>
<head><title>400 The SSL certificate error</title></head>
<body>
<center><h1>400 Bad Request</h1></center>
<center>The SSL certificate error</center>
<hr><center>nginx</center>
</body>
</html>
`;

/**
 * Answers a request with an accepted certificate as the behavior says.
 *
 * @returns True if the request is answered, or will be by `proceed`
 */
export function behave(
  behavior: SandboxBehavior,
  request: IncomingMessage,
  response: ServerResponse,
  proceed: () => void,
): boolean {
  switch (behavior) {
    case "slow": {
      const timer = setTimeout(proceed, DELAY);
      request.socket.once("close", () => clearTimeout(timer));
      return true;
    }
    case "rejects":
      sendError(response, 422, "INVALID_CLIENT_CERT", REJECTED);
      return true;
    case "rejects-xml":
      response.writeHead(422, { "content-type": "application/xml" }).end(XML);
      return true;
    case "rejects-html":
      response.writeHead(400, { "content-type": "text/html" }).end(HTML);
      return true;
    case "declines":
      sendError(response, 401, "DECLINED", "Unauthorized - Access Not Granted");
      return true;
    default:
      return false;
  }
}
