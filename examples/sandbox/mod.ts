/**
 * The local sandbox, with what Mastercard's APIs may ask for besides a client certificate: a
 * signature, an encrypted body, a token. Run by itself (`npm run sandbox`) it prints the environment
 * variables that the examples read, and stays until it is stopped.
 */
import { type KeyObject, X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { PASSPHRASE, startSandbox } from "../../lib/sandbox/mod.ts";
import { sendErrors } from "../../lib/sandbox/petstore.ts";
import { certificatePem, issue, type Issued, keyPem, pkcs12 } from "../../lib/sandbox/pki.ts";
import { encryptedRoute } from "./encryption.ts";
import { signedRoute } from "./oauth1.ts";
import { tokenRoutes } from "./oauth2.ts";
import type { Refusal, Route } from "./route.ts";

const CONSUMER_KEY = "examples-consumer-key!examples-client";
const CLIENT_ID = "examples-client";

const routes = new Map<string, Route>();
const { origin, directory, authority, close } = await startSandbox({ handle });

// The keys that a client's owner gets in Mastercard's portal. None is the client certificate's.
const signing = await issue({ commonName: "signing", use: "client" }, authority);
const encryption = await issue({ commonName: "encryption", use: "client" }, authority);
const decryption = await issue({ commonName: "decryption", use: "client" }, authority);
await write("signing.p12", await pkcs12(signing, authority, PASSPHRASE));
await write("encryption.pem", certificatePem(encryption));
await write("decryption.key", await keyPem(decryption));

const client = { id: CLIENT_ID, publicKey: publicKey(signing), audience: origin };
const { token, bound } = tokenRoutes(client);
routes.set("/signed/pets", signedRoute(CONSUMER_KEY, publicKey(signing)));
routes.set("/encrypted/cards", encryptedRoute(await keyPem(encryption), publicKey(decryption)));
routes.set("/oauth/token", token);
routes.set("/token-bound/pets", bound);

const environment: Record<string, string> = {
  BASE_URL: origin,
  P12_FILE: path("client.p12"),
  P12_PASSPHRASE: PASSPHRASE,
  // The authority of the sandbox's own certificate: for Node and Bun, and for Deno.
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
  process.once(event, () => close().then(() => process.exit(0)));
}
if (process.send) {
  process.send(environment);
} else {
  for (const [name, value] of Object.entries(environment)) {
    console.log(`export ${name}='${value}'`);
  }
  console.log("# Stop it with Ctrl+C; that removes the files.");
}

/** What {@linkcode startSandbox} asks before the Petstore. */
function handle(request: IncomingMessage, response: ServerResponse): boolean {
  const { method = "", headers } = request;
  const url = `https://${headers.host}${request.url}`;
  const route = routes.get(new URL(url).pathname);
  if (route === undefined) return false;

  text(request).then((body) => route({ method, url, headers, body })).then(
    ({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    },
    (error) => {
      const { status = 500, reasonCode = "SYSTEM_ERROR", message }: Partial<Refusal> = error;
      sendErrors(response, status, reasonCode, String(message));
    },
  );
  return true;
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
