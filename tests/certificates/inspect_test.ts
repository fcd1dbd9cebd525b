/** Tests `inspectCredentials`. */
import test from "node:test";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { certificatePem, type CertificateRequest, issue, keyPem } from "../../lib/sandbox/pki.ts";
import {
  type CertKeyCredentials,
  type CredentialReport,
  inspectCredentials,
  type InspectOptions,
  McFetchError,
} from "../../mod.ts";
import { writeElement, writeInteger, writeOid, writeSequence } from "../../lib/asn1/writer.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import {
  readPublicKeyInfo,
  writeCertificatePem,
  writeKeyUsage,
  writeName,
} from "../support/certificates.ts";
import { fixture } from "../support/context.ts";

const passphrase = "changeit";
const DAY = 24 * 60 * 60 * 1000;

function text(name: string): string {
  return new TextDecoder().decode(fixture(name));
}

function codes({ problems }: CredentialReport): string[] {
  return problems.map(({ code }) => code);
}

/** A host that is not Mastercard's. Mastercard does not accept the fixtures' CA. */
const ELSEWHERE = { url: "https://api.example/" };

test("a report has the contents of the certificate", async () => {
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

test("names, usages and serial number have the form of OpenSSL", async () => {
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
  ]);
});

test("`now` decides the validity", async () => {
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
  // The issuer's validity has the same first and last day.
  const [expired, issuerExpired] = await messages(notAfter.getTime() + DAY);
  assertEquals(expired, "it expired on DATE (1 day ago)");
  assertEquals(issuerExpired, "its issuer CN=mc-mtls test issuing CA expired on DATE (1 day ago)");
  assertEquals((await at(notAfter.getTime() + DAY)).at(-1), -1);
  const [early] = await messages(notBefore.getTime() - 2 * DAY);
  assertEquals(early, "it is not valid before DATE (in 2 days)");
});

test("a key of another certificate is a problem, and so is a missing key", async () => {
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

test("the order of certificates counts only in PEM", async () => {
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

/** Returns credentials of a CA with this name. Keys take time, so the tests share them. */
function makeCredentials(caName: string, request: CertificateRequest): Promise<CertKeyCredentials> {
  const name = `${caName}, ${request.commonName}`;
  const found = issued.get(name) ?? (async () => {
    const ca = await issue({ commonName: caName, use: "ca" });
    const one = await issue(request, ca);
    const cert = certificatePem(one) + certificatePem(ca);
    return { cert, key: await keyPem(one) };
  })();
  issued.set(name, found);
  return found;
}

test("the environment and the issuer are checked for Mastercard's hosts", async () => {
  const sandbox = { commonName: "1728489217-Client-MTF-000000", use: "client" } as const;
  const production = { commonName: "acme payments", use: "client" } as const;
  const MTF = { url: "https://mtf.services.mastercard.com/petstore" };
  const PROD = { url: "https://services.mastercard.com/petstore" };
  const OTHER = { url: "https://something.api.mastercard.com/" };
  const LOOKALIKE = { url: "https://services.mastercard.com.example/" };
  const ca = "Mastercard ITF API Client Sub CA";

  const cases: [string, CertificateRequest, InspectOptions, string[]][] = [
    [ca, sandbox, MTF, []],
    [ca, sandbox, PROD, ["wrong_environment"]],
    [ca, sandbox, OTHER, []],
    [ca, production, PROD, []],
    [ca, production, MTF, ["wrong_environment"]],
    ["DigiCert Global G2", production, PROD, []],
    ["Some CA", production, PROD, ["unaccepted_issuer"]],
    ["Some CA", production, {}, []],
    ["Some CA", sandbox, {}, []], // as the certificates of `mc-mtls sandbox`
    ["Some CA", production, { environment: "production" }, ["unaccepted_issuer"]],
    [ca, sandbox, { environment: "production" }, ["wrong_environment"]],
    [ca, sandbox, { environment: "sandbox" }, []],
    [ca, sandbox, { ...MTF, environment: "production" }, ["wrong_environment"]],
    ["Some CA", production, { ...LOOKALIKE, environment: "sandbox" }, ["unaccepted_issuer"]],
    ["Some CA", sandbox, PROD, ["wrong_environment", "unaccepted_issuer"]],
    ["Some CA", production, LOOKALIKE, []],
  ];
  for (const [name, request, options, expected] of cases) {
    const report = await inspectCredentials(await makeCredentials(name, request), options);
    assertEquals(codes(report), expected, `${name}, ${request.commonName}, ${options.url}`);
  }
  const report = await inspectCredentials(await makeCredentials(ca, sandbox), PROD);
  assertEquals(report.environment, "sandbox");
  assertStringIncludes(report.problems[0]!.message, "services.mastercard.com");
});

test("a self-signed certificate is a problem", async () => {
  const issued = await issue({ commonName: "alone", use: "client" });
  const credentials = { cert: certificatePem(issued), key: await keyPem(issued) };
  assertEquals(codes(await inspectCredentials(credentials)), ["self_signed"]);
});

test("a CA with the name of its certificate does not make it self-signed", async () => {
  const commonName = "Internet Widgits Pty Ltd";
  const ca = await issue({ commonName, use: "ca" });
  const one = await issue({ commonName, use: "client" }, ca);
  const key = await keyPem(one);
  const report = await inspectCredentials({ cert: certificatePem(one) + certificatePem(ca), key });
  assertEquals(codes(report), []);
  assertEquals([report.leaf.selfSigned, report.chain.length], [false, 1]);
  assertEquals(report.chain[0]?.selfSigned, true);
  // The issuer is sent, in any order of the file.
  const cert = certificatePem(ca) + certificatePem(one);
  const identity = await loadIdentity({ cert, key });
  assertEquals(identity.cert, certificatePem(one) + certificatePem(ca));
  assertEquals(codes(await inspectCredentials({ cert: certificatePem(one), key })), [
    "incomplete_chain",
  ]);
});

test("the own key tells for keys of every kind", async () => {
  // The CA signs with ECDSA, so the RSA key cannot have signed the certificate.
  const subject = writeName("mc-mtls test CA");
  for (const name of ["client.pem", "ec.pem", "ed25519.pem"]) {
    const publicKeyInfo = readPublicKeyInfo(name);
    const cert = writeCertificatePem({ publicKeyInfo, subject });
    const { leaf } = await inspectCredentials({ cert, key: cert });
    assertEquals(leaf.selfSigned, false, name);
  }
  const own = text("ca.pem");
  assertEquals((await inspectCredentials({ cert: own, key: own })).leaf.selfSigned, true);
});

test("a key usage without digitalSignature is a problem", async () => {
  const publicKeyInfo = readPublicKeyInfo("client.pem");
  const key = fixture("client.pkcs8.key");
  const find = async (...bits: number[]) => {
    const extensions = bits.map(writeKeyUsage);
    const report = await inspectCredentials({
      cert: writeCertificatePem({ publicKeyInfo, extensions }),
      key,
    });
    return codes(report).filter((code) => code !== "incomplete_chain");
  };
  assertEquals(await find(), []);
  assertEquals(await find(0x80), []);
  assertEquals(await find(0xa0), []);
  assertEquals(await find(0x20), ["no_digital_signature"]);
  assertEquals(await find(0x48), ["no_digital_signature"]);
});

test("days are counted in one way", async () => {
  const pem = { cert: fixture("client.pem"), key: fixture("client.pkcs8.key") };
  const { leaf: { notAfter, notBefore } } = await inspectCredentials(pem);
  for (const [ms, days] of [[1, 1], [DAY, 1], [DAY + 1, 2], [99.5 * DAY, 100]] as const) {
    const now = new Date(notAfter.getTime() + ms);
    const { daysLeft, problems: [problem] } = await inspectCredentials(pem, { now });
    assertEquals(daysLeft, -days);
    assertStringIncludes(problem!.message, `(${days === 1 ? "1 day" : `${days} days`} ago)`);
  }
  const now = new Date(notBefore.getTime() - 1.5 * DAY);
  const { problems: [early] } = await inspectCredentials(pem, { now });
  assertStringIncludes(early!.message, "(in 1 day)");
});

test("names of the field, and DSA keys, are not shown as numbers", async () => {
  const types = {
    "2.5.4.97": "organizationIdentifier",
    "2.5.4.41": "name",
    "2.5.4.15": "businessCategory",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
  };
  const integer = (value: bigint) => writeInteger(value);
  const parameters = writeSequence(...[(1n << 2047n) + 9n, 7n, 2n].map(integer));
  for (const [type, name] of Object.entries(types)) {
    const publicKeyInfo = writeSequence(
      writeSequence(writeOid("1.2.840.10040.4.1"), parameters),
      writeElement(3, Uint8Array.of(0), integer(5n)),
    );
    const subject = writeName("PSDBE-NBB-0123456789", type);
    const cert = writeCertificatePem({ publicKeyInfo, subject });
    const { leaf } = await inspectCredentials({ cert, key: cert });
    assertEquals(leaf.subject, `${name}=PSDBE-NBB-0123456789`);
    assertEquals(leaf.keyType, "DSA 2048");
  }
});

test("inspectCredentials rejects files that it cannot open", async () => {
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
  const environment = "test" as "sandbox";
  await rejects(inspectCredentials({ pfx, passphrase }, { environment }), "invalid_argument");
});

test("inspectCredentials calls a function for the credentials", async () => {
  const report = await inspectCredentials(
    () => Promise.resolve({ pfx: fixture("ec.p12"), passphrase }),
    ELSEWHERE,
  );
  assertEquals(report.leaf.keyType, "EC P-256");
});

test("a raised limit applies to every file", async () => {
  const cert = `${"#".repeat(17 * 1024 * 1024)}\n${text("client.pem")}`;
  const credentials = { cert, key: fixture("client.pkcs8.key") };
  const error = await assertRejects(() => inspectCredentials(credentials), McFetchError);
  assertEquals(error.code, "limit_exceeded");
  const limits = { maxBytes: 32 * 1024 * 1024 };
  assertEquals(codes(await inspectCredentials({ ...credentials, limits }, ELSEWHERE)), []);
});
