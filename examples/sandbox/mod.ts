/**
 * The local sandbox with the other requirements of Mastercard's APIs: a signature, an encrypted
 * body, a token. `npm run sandbox` starts it, prints the environment variables that the examples
 * read, and runs until you stop it.
 */
import { execFileSync } from "node:child_process";
import { type KeyObject, X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { PASSPHRASE } from "../../lib/sandbox/identities.ts";
import { openSandbox } from "../../lib/sandbox/open.ts";
import { sendError } from "../../lib/sandbox/petstore.ts";
import { certificatePem, issue, type Issued, keyPem, writeP12 } from "../../lib/sandbox/pki.ts";
import { encryptedRoute } from "./encryption.ts";
import { signedRoute } from "./oauth1.ts";
import { certificateBoundRoutes } from "./certificate_bound.ts";
import { startGrpcServer } from "./grpc.ts";
import { tokenRoutes } from "./oauth2.ts";
import type { Refusal, Route } from "./route.ts";

const CONSUMER_KEY = "examples-consumer-key!examples-client";
const CLIENT_ID = "examples-client";

const routes = new Map<string, Route>();
const { origin, directory, ca, close } = await openSandbox({ handle });

// The keys that a client's owner gets in Mastercard's portal, besides the client certificate's key.
const signing = await issue({ commonName: "signing", use: "client" }, ca);
const encryption = await issue({ commonName: "encryption", use: "client" }, ca);
const decryption = await issue({ commonName: "decryption", use: "client" }, ca);
await write("signing.p12", await writeP12(signing, ca, PASSPHRASE));
await write("encryption.pem", certificatePem(encryption));
await write("decryption.key", await keyPem(decryption));

// A second origin, which a redirect leads to. It counts its connections.
const other = await openSandbox();
let connections = 0;
other.server.on("connection", () => connections++);

const client = { id: CLIENT_ID, publicKey: publicKey(signing), audience: origin };
const { token, pets } = tokenRoutes(client);
routes.set("/signed/pets", signedRoute(CONSUMER_KEY, publicKey(signing)));
routes.set("/encrypted/cards", encryptedRoute(await keyPem(encryption), publicKey(decryption)));
routes.set("/oauth/token", token);
routes.set("/token-bound/pets", pets);
for (const [path, route] of Object.entries(await certificateBoundRoutes(origin, CLIENT_ID))) {
  routes.set(path, route);
}
const grpc = await startGrpcServer(ca);

const environment: Record<string, string> = {
  BASE_URL: origin,
  P12_FILE: path("client.p12"),
  P12_PASSPHRASE: PASSPHRASE,
  ...await writeRc2(),
  OTHER_URL: other.origin,
  GRPC_TARGET: grpc.target,
  GRPC_CA_FILE: path("ca.pem"),
  // The CA of the sandbox's certificate: the first variable for Node and Bun, the second for Deno.
  NODE_EXTRA_CA_CERTS: path("ca.pem"),
  DENO_CERT: path("ca.pem"),
  SIGNING_P12_FILE: path("signing.p12"),
  SIGNING_P12_PASSPHRASE: PASSPHRASE,
  CONSUMER_KEY,
  ENCRYPTION_CERTIFICATE_FILE: path("encryption.pem"),
  DECRYPTION_KEY_FILE: path("decryption.key"),
  CLIENT_ID,
  KEY_ID: "examples-key",
};

for (const event of ["SIGINT", "SIGTERM", "disconnect"] as const) {
  process.once(
    event,
    () => Promise.all([close(), other.close(), grpc.close()]).then(() => process.exit(0)),
  );
}
if (process.send) {
  process.send(environment);
} else {
  for (const [name, value] of Object.entries(environment)) {
    console.log(`export ${name}='${value}'`);
  }
  console.log("# Stop it with Ctrl+C; this removes the files.");
}

/** Answers the routes of the examples; see {@linkcode openSandbox}. */
function handle(request: IncomingMessage, response: ServerResponse): boolean {
  const { method = "", headers } = request;
  const url = `https://${headers.host}${request.url}`;
  const { pathname, search } = new URL(url);
  if (pathname === "/elsewhere/connections") {
    response.end(String(connections));
    return true;
  }
  if (pathname.startsWith("/elsewhere/")) {
    const location = `${other.origin}${pathname.replace("elsewhere", "petstore")}${search}`;
    response.writeHead(302, { location }).end();
    return true;
  }
  const route = routes.get(pathname);
  if (route === undefined) return false;

  const { raw: certificate } = (request.socket as TLSSocket).getPeerCertificate();
  text(request).then((body) => route({ method, url, headers, body, certificate })).then(
    ({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    },
    (error) => {
      const { status = 500, reasonCode = "SYSTEM_ERROR", message }: Partial<Refusal> = error;
      sendError(response, status, reasonCode, String(message));
    },
  );
  return true;
}

/**
 * Writes the client certificate with RC2, as old tools do: Node itself cannot open that file.
 * Returns nothing if there is no OpenSSL 3.
 */
async function writeRc2(): Promise<Record<string, string>> {
  const args = ["pkcs12", "-export", "-legacy", "-certpbe", "PBE-SHA1-RC2-40"];
  const [cert, key] = ["client.pem", "client.key"].map(path);
  try {
    const file = execFileSync("openssl", [
      ...[...args, "-keypbe", "PBE-SHA1-RC2-40", "-passout", `pass:${PASSPHRASE}`],
      ...["-in", cert!, "-inkey", key!],
    ], { stdio: "pipe" });
    await write("client-rc2.p12", file);
    return { RC2_P12_FILE: path("client-rc2.p12") };
  } catch {
    return {};
  }
}

function path(name: string): string {
  return join(directory, name);
}

async function write(name: string, contents: string | Uint8Array): Promise<void> {
  await writeFile(path(name), contents, { mode: 0o600 });
}

function publicKey(issued: Issued): KeyObject {
  return new X509Certificate(certificatePem(issued)).publicKey;
}
