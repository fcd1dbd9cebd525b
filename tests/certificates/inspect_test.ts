import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { certificatePem, issue, keyPem, type CertificateRequest } from "../../lib/sandbox/pki.ts";
import {
  type CertKeyCredentials,
  type CredentialReport,
  inspectCredentials,
  type InspectOptions,
  McFetchError,
} from "../../mod.ts";
import { fixture } from "../support/context.ts";

const passphrase = "changeit";
const DAY = 24 * 60 * 60 * 1000;

function text(name: string): string {
  return new TextDecoder().decode(fixture(name));
}

function codes({ problems }: CredentialReport): string[] {
  return problems.map(({ code }) => code);
}

/** For a host that is not Mastercard's: the fixtures' authority is not one that Mastercard accepts. */
const ELSEWHERE = { url: "https://api.example/" };

test("a report says what the certificate says", async () => {
  const report = await inspectCredentials({ pfx: fixture("openssl3.p12"), passphrase }, ELSEWHERE);
  assertEquals(report.leaf.subject, "CN=client, O=mc-mtls");
  assertEquals(report.leaf.issuer, "CN=mc-mtls test issuing CA");
  assertEquals(report.leaf.keyType, "RSA 2048");
  assertEquals(report.leaf.signatureAlgorithm, "SHA-256 with ECDSA");
  assertEquals(report.leaf.keyUsages, ["digitalSignature"]);
  assertEquals(report.leaf.extendedKeyUsages, ["clientAuth"]);
  assertEquals(report.leaf.names, []);
  assertEquals(
    report.chain.map(({ subject }) => subject),
    ["CN=mc-mtls test issuing CA", "CN=mc-mtls test CA"],
  );
  assertEquals(report.chain[0]!.keyUsages, ["keyCertSign", "cRLSign"]);
  assertEquals(report.chain[0]!.keyType, "EC P-256");
  assertEquals(report.problems, []);
  assertEquals("environment" in report, false);
  assert(report.daysLeft > 30_000);
  assertEquals(report.leaf.notAfter.getTime() - report.leaf.notBefore.getTime(), 36_500 * DAY);
});

test("names, usages and the serial number, as OpenSSL prints them", async () => {
  const report = await inspectCredentials({ cert: fixture("weak.pem"), key: fixture("weak.key") });
  assertEquals(report.leaf.serialNumber, "0123456789ABCDEF");
  assertEquals(report.leaf.keyUsages, ["digitalSignature", "keyEncipherment", "decipherOnly"]);
  assertEquals(report.leaf.extendedKeyUsages, ["serverAuth", "1.2.3.4"]);
  assertEquals(report.leaf.names, [
    "DNS:weak.example",
    "email:ops@example.com",
    "IP:192.0.2.1",
    "IP:2001:db8:0:0:0:0:0:1",
    "URI:https://weak.example/",
  ]);
  assertEquals(codes(report), [
    "no_client_auth",
    "weak_key",
    "weak_signature",
    "incomplete_chain",
    "unaccepted_issuer",
  ]);
});

test("validity is judged by `now`", async () => {
  const pem = { cert: fixture("client.pem"), key: fixture("client.pkcs8.key") };
  const { leaf: { notBefore, notAfter } } = await inspectCredentials(pem);
  const at = async (now: number) => {
    const report = await inspectCredentials(pem, { ...ELSEWHERE, now: new Date(now) });
    return [...codes(report), report.daysLeft];
  };
  assertEquals(await at(notAfter.getTime() - 31 * DAY), [31]);
  assertEquals(await at(notAfter.getTime() - 30 * DAY), [30]);
  assertEquals(await at(notAfter.getTime() - 30 * DAY + 1), ["expires_soon", 29]);
  assertEquals(await at(notAfter.getTime() - 1), ["expires_soon", 0]);

  const messages = async (now: number) => {
    const report = await inspectCredentials(pem, { ...ELSEWHERE, now: new Date(now) });
    return report.problems.map(({ message }) => message.replace(/\d{4}-\d\d-\d\d/, "DATE"));
  };
  // its issuer's time begins and ends on the same day
  const [expired, issuerExpired] = await messages(notAfter.getTime() + DAY);
  assertEquals(expired, "it expired on DATE (1 day ago)");
  assertEquals(issuerExpired, "its issuer CN=mc-mtls test issuing CA expired on DATE (1 day ago)");
  assertEquals((await at(notAfter.getTime() + DAY)).at(-1), -1);
  const [early] = await messages(notBefore.getTime() - 2 * DAY);
  assertEquals(early, "it is not valid before DATE (in 2 days)");
});

test("a key that is another's, and none at all, are problems", async () => {
  const cert = fixture("client.pem");
  const other = await inspectCredentials({ cert, key: fixture("other.key") }, ELSEWHERE);
  assertEquals(codes(other), ["key_mismatch"]);
  assertEquals(other.leaf.subject, "CN=client, O=mc-mtls");
  const none = await inspectCredentials({ cert, key: cert }, ELSEWHERE);
  assertEquals(codes(none), ["no_private_key"]);
  const bundle = text("issuing.pem") + text("client.pem");
  const leafLast = await inspectCredentials({ cert: bundle, key: bundle }, ELSEWHERE);
  assertEquals(leafLast.leaf.subject, "CN=client, O=mc-mtls");
  assertEquals(codes(leafLast), ["no_private_key", "misordered_chain"]);
});

test("the order of certificates counts in PEM alone", async () => {
  const key = fixture("client.pkcs8.key");
  const leaf = text("client.pem").slice(0, text("client.pem").indexOf("-----END") + 26);
  const root = text("ca.pem");
  const issuing = text("issuing.pem");
  const inspect = async (cert: string | Uint8Array) =>
    codes(await inspectCredentials({ cert, key }, ELSEWHERE));
  assertEquals(await inspect(leaf + issuing + root), []);
  assertEquals(await inspect(issuing + leaf + root), ["misordered_chain"]);
  assertEquals(await inspect(leaf + root + issuing), ["misordered_chain"]);
  assertEquals(await inspect(fixture("client.p7c")), []);
  assertEquals(await inspect(leaf), ["incomplete_chain"]);
  assertEquals(
    codes(
      await inspectCredentials({ pfx: fixture("two.p12"), passphrase, alias: "ec" }, ELSEWHERE),
    ),
    [],
  );
});

const issued = new Map<string, Promise<CertKeyCredentials>>();

/** Credentials of that name, from an authority of that name; made once, since keys take a while. */
function credentialsOf(authorityName: string, request: CertificateRequest): Promise<CertKeyCredentials> {
  const name = `${authorityName}, ${request.commonName}`;
  const found = issued.get(name) ?? (async () => {
    const authority = await issue({ commonName: authorityName, use: "ca" });
    const one = await issue(request, authority);
    const cert = certificatePem(one) + certificatePem(authority);
    return { cert, key: await keyPem(one) };
  })();
  issued.set(name, found);
  return found;
}

test("certificates and environments of Mastercard's", async () => {
  const sandbox = { commonName: "1728489217-Client-MTF-000000", use: "client" } as const;
  const production = { commonName: "acme payments", use: "client" } as const;
  const MTF = { url: "https://mtf.services.mastercard.com/petstore" };
  const PROD = { url: "https://services.mastercard.com/petstore" };
  const OTHER = { url: "https://something.api.mastercard.com/" };
  const LOOKALIKE = { url: "https://services.mastercard.com.example/" };
  const authority = "Mastercard ITF API Client Sub CA";

  const cases: [string, CertificateRequest, InspectOptions, string[]][] = [
    [authority, sandbox, MTF, []],
    [authority, sandbox, PROD, ["wrong_environment"]],
    [authority, sandbox, OTHER, []],
    [authority, production, PROD, []],
    [authority, production, MTF, ["wrong_environment"]],
    ["DigiCert Global G2", production, PROD, []],
    ["Some CA", production, PROD, ["unaccepted_issuer"]],
    ["Some CA", production, {}, ["unaccepted_issuer"]],
    ["Some CA", sandbox, PROD, ["wrong_environment", "unaccepted_issuer"]],
    ["Some CA", production, LOOKALIKE, []],
  ];
  for (const [name, request, options, expected] of cases) {
    const report = await inspectCredentials(await credentialsOf(name, request), options);
    assertEquals(codes(report), expected, `${name}, ${request.commonName}, ${options.url}`);
  }
  const report = await inspectCredentials(await credentialsOf(authority, sandbox), PROD);
  assertEquals(report.environment, "sandbox");
  assertStringIncludes(report.problems[0]!.message, "services.mastercard.com");
});

test("a self-signed certificate has no issuer to be named", async () => {
  const issued = await issue({ commonName: "alone", use: "client" });
  const credentials = { cert: certificatePem(issued), key: await keyPem(issued) };
  assertEquals(codes(await inspectCredentials(credentials)), ["self_signed"]);
});

test("what cannot be inspected rejects", async () => {
  const rejects = async (promise: Promise<unknown>, code: string) => {
    const error = await assertRejects(() => promise, McFetchError);
    assertEquals(error.code, code, error.message);
  };
  const pfx = fixture("openssl3.p12");
  await rejects(inspectCredentials({ pfx, passphrase: "wrong" }), "wrong_passphrase");
  await rejects(inspectCredentials({ pfx: fixture("two.p12"), passphrase }), "ambiguous_key");
  await rejects(inspectCredentials({ pfx: fixture("key-only.p12"), passphrase }), "no_certificate");
  await rejects(inspectCredentials({ fetcher: { fetch } }), "no_certificate");
  await rejects(inspectCredentials({ pfx, passphrase }, { url: "petstore" }), "invalid_argument");
});

test("a function's credentials are inspected as they are now", async () => {
  const report = await inspectCredentials(
    () => Promise.resolve({ pfx: fixture("ec.p12"), passphrase }),
    ELSEWHERE,
  );
  assertEquals(report.leaf.keyType, "EC P-256");
});

test("a bound that the caller has raised holds for all that is read", async () => {
  const cert = `${"#".repeat(17 * 1024 * 1024)}\n${text("client.pem")}`;
  const credentials = { cert, key: fixture("client.pkcs8.key") };
  const error = await assertRejects(() => inspectCredentials(credentials), McFetchError);
  assertEquals(error.code, "limit_exceeded");
  const limits = { maxBytes: 32 * 1024 * 1024 };
  assertEquals(codes(await inspectCredentials({ ...credentials, limits }, ELSEWHERE)), []);
});
