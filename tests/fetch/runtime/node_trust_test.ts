/** Whom a client of Node trusts, and how it is opened. */
import process from "node:process";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { McFetchError } from "../../../lib/errors.ts";
import type { Client, ClientSettings } from "../../../lib/fetch/runtime/client.ts";
import { openNodeClient } from "../../../lib/fetch/runtime/node.ts";
import { certificatePem, issue, keyPem } from "../../../lib/sandbox/pki.ts";
import { getIdentities, ok, RSA_KEY, testHop, testOnNode } from "../../support/hop_client.ts";
import { type Identities, issueIdentities, startRawServer } from "../../support/raw_server.ts";

/** Opens a client that trusts these CAs besides the default roots. */
async function open(ca: readonly string[], more: Partial<ClientSettings> = {}): Promise<Client> {
  const { client: { cert, key } } = await getIdentities();
  return await openNodeClient({ cert, key, ...RSA_KEY, extraCa: ca, ...more });
}

/** The status that a client gets, or the code of the error. */
async function visit(client: Client, origin: string): Promise<unknown> {
  const request = { method: "GET", headers: [], body: null, signal: undefined };
  return await client.send({ ...request, url: new URL(origin) }).then(
    (response) => response.text().then(() => response.status),
    (error) => error.code,
  );
}

const UNKNOWN = "SELF_SIGNED_CERT_IN_CHAIN";

/** Trusts two CAs in clients of their own, and looks who trusts whom. */
async function checkTrust(): Promise<void> {
  const one = await getIdentities();
  const two = await issueIdentities("another CA");
  const servers = await Promise.all(
    [one, two].map((each) => startRawServer(each, () => ok("ok"), { rejectUnauthorized: false })),
  );
  const clients = [await open([one.ca]), await open([one.ca, two.ca]), await open([])];
  clients.push(await open([`${two.ca}${one.ca}`])); // several certificates in one text
  const seen = [];
  for (const client of clients) {
    seen.push(await Promise.all(servers.map(({ origin }) => visit(client, origin))));
  }
  const { connect } = await import("node:tls");
  const code = await new Promise((resolve) => {
    const socket = connect(Number(new URL(servers[0]!.origin).port), "localhost");
    socket.once("error", (error) => resolve((error as { code?: string }).code));
  });
  [...clients, ...servers].forEach((each) => each.close());
  assertEquals(seen, [
    [200, UNKNOWN],
    [200, 200],
    [UNKNOWN, UNKNOWN],
    [200, 200],
  ]);
  assertEquals(code, UNKNOWN); // the default context of the process
}

testOnNode("a CA is trusted in the clients that name it, and nowhere else", checkTrust);

testOnNode("so it is where a context has no addCACert", async () => {
  const { createSecureContext } = await import("node:tls");
  const prototype = Object.getPrototypeOf(createSecureContext().context);
  const { addCACert } = prototype;
  // createSecureContext itself needs it for `ca`, so it is hidden only from the client.
  Object.defineProperty(prototype, "addCACert", {
    get: () => new Error().stack?.includes("addTrust") ? undefined : addCACert,
    configurable: true,
  });
  try {
    await checkTrust();
  } finally {
    Object.defineProperty(prototype, "addCACert", { value: addCACert, writable: true });
  }
});

/**
 * A leaf in the name of a public root that did not sign it fails by its signature if the root is
 * trusted, and is of an unknown issuer if not.
 */
testOnNode("the default roots count besides `ca`", async () => {
  const identities = await getIdentities();
  const server = await startRawServer(await forge(identities), () => ok("ok"));
  const clients = await Promise.all([open([]), open([identities.ca])]);
  const codes = await Promise.all(clients.map((client) => visit(client, server.origin)));
  [...clients, server].forEach((each) => each.close());
  assertEquals(codes, ["CERT_SIGNATURE_FAILURE", "CERT_SIGNATURE_FAILURE"]);
});

async function forge(identities: Identities): Promise<Identities> {
  const { rootCertificates } = await import("node:tls");
  const { X509Certificate } = await import("node:crypto");
  const { Certificate } = await import("pkijs");
  const root = rootCertificates.map((pem) => new X509Certificate(pem)).find(({ publicKey }) =>
    publicKey.asymmetricKeyType === "rsa"
  )!;
  const forger = await issue({ commonName: "forged", use: "ca" });
  forger.certificate.subject = Certificate.fromBER(new Uint8Array(root.raw)).subject;
  const leaf = await issue({ commonName: "localhost", use: "server" }, forger);
  return { ...identities, server: { cert: certificatePem(leaf), key: await keyPem(leaf) } };
}

testOnNode("NODE_EXTRA_CA_CERTS counts besides `ca`", async () => {
  const { server } = await import("../../support/context.ts");
  if (server.trustedOrigin === undefined) return console.log("skipped: no test servers");
  const { ca } = await getIdentities();
  const clients = await Promise.all([open([]), open([ca])]);
  for (const client of clients) {
    assertEquals(typeof await visit(client, server.trustedOrigin), "number");
    client.close();
  }
});

testOnNode("an address is no server name, and an IPv6 one has no brackets", async () => {
  const identities = await getIdentities();
  const warnings: unknown[] = [];
  process.on("warning", (warning: unknown) => warnings.push(warning));
  const addresses: [string, string][] = [["127.0.0.1", "127.0.0.1"], ["::1", "[::1]"]];
  const client = await open([identities.ca]);
  for (const [host, name] of addresses) {
    const names: unknown[] = [];
    const server = await startRawServer(identities, (_, socket) => {
      names.push(socket.servername);
      return ok("ok");
    }, { host });
    const { port } = new URL(server.origin);
    const seen = await visit(client, `https://${name}:${port}`);
    // The certificate of the tests is for 127.0.0.1, and not for ::1.
    assertEquals(seen, host === "::1" ? "ERR_TLS_CERT_ALTNAME_INVALID" : 200);
    assert(names.every((name) => name === false), String(names));
    server.close();
  }
  client.close();
  assertEquals(warnings, []);
});

testHop("NODE_TLS_REJECT_UNAUTHORIZED has no effect", () => ok("ok"), async ({ server }) => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  const client = await open([]);
  const code = await visit(client, server.origin);
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  client.close();
  assertEquals([code, server.requests.length], [UNKNOWN, 0]);
});

testHop("the certificate is presented", (_, socket) => {
  return ok(String(socket.getPeerCertificate().subject.CN));
}, async ({ send }) => {
  assertEquals(await (await send()).text(), "the client");
});

testOnNode("the alert that comes after the handshake is the failure", async () => {
  const { server } = await import("../../support/context.ts");
  const { urls = {}, directory = "" } = server.tls ?? {};
  const servers = Object.entries(urls).filter(([name]) => name === "strict 1.3");
  if (servers.length === 0) console.log("skipped: no openssl, or no test servers");
  const { readFile } = await import("node:fs/promises");
  for (const [, url] of servers) {
    const file = (name: string) => readFile(`${directory}/${name}`, "utf8");
    const [cert, key, ca] = await Promise.all(["foreign.pem", "foreign.key", "ca.pem"].map(file));
    for (let count = 0; count < 30; count++) {
      const client = await open([ca!], { cert: cert!, key: key! });
      assertEquals(await visit(client, url), "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA");
      client.close();
    }
  }
});

testOnNode("a key that TLS does not support is an error of its own", async () => {
  const error = await assertRejects(() => open([], { cert: "no certificate" }), McFetchError);
  assertEquals(error.code, "unsupported_algorithm");
});

testOnNode("a bundle that has no undici says what to do", async () => {
  const { build } = await import("esbuild");
  const { mkdtemp, rm } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const folder = await mkdtemp(join(tmpdir(), "mc-mtls-"));
  const outfile = join(folder, "bundle.mjs");
  const { fileURLToPath, pathToFileURL } = await import("node:url");
  const entry = new URL("../../../lib/fetch/runtime/node.ts", import.meta.url);
  const entryPoints = [fileURLToPath(entry)];
  const external = ["undici", "node:*"];
  await build({ entryPoints, outfile, bundle: true, format: "esm", platform: "neutral", external });
  const bundle: { openNodeClient: typeof openNodeClient } = await import(
    pathToFileURL(outfile).href
  );
  const settings = { cert: "", key: "", ...RSA_KEY, extraCa: [] };
  const error = await bundle.openNodeClient(settings).then(() => undefined, (error) => error);
  await rm(folder, { recursive: true });
  assertInstanceOf(error, TypeError);
  assertEquals((error as McFetchError).code, "unsupported_runtime");
  assert(error.message.includes("npm install undici@7"));
});
