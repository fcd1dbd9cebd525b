/** Certificate requests: what WebCrypto, and the machine's OpenSSL where there is one, make of them. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { Reader } from "../../lib/asn1/reader.ts";
import { contextTag, NULL, SEQUENCE } from "../../lib/asn1/tags.ts";
import { createCsr } from "../../lib/certificates/csr.ts";
import type { CsrKeyType, CsrSubject } from "../../lib/certificates/csr_writer.ts";
import { McFetchError } from "../../lib/errors.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { describeKey } from "../../lib/keys/algorithms.ts";
import { readPem } from "../../lib/keys/pem.ts";
import { writePkcs12 } from "../../lib/identity/write_pkcs12.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import { formatName } from "../../lib/keys/names.ts";
import { fixture, runtime, testExceptOn } from "../support/context.ts";
import { known } from "../support/openssl.ts";

const subject: CsrSubject = {
  commonName: "1728489217-Client-MTF-000000",
  organization: "Exämple & Söhne €",
  organizationalUnit: "Payments 支付 😀",
  country: "be",
};

/** WebCrypto's parameters, the signature's algorithm, and what OpenSSL prints. */
const KEY_TYPES: Record<CsrKeyType, { verify: Algorithm; oid: string; openssl: string[] }> = {
  "RSA 2048": rsa(2048),
  "RSA 3072": rsa(3072),
  "RSA 4096": rsa(4096),
  "EC P-256": ec("P-256", "SHA-256", "1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
  "EC P-384": ec("P-384", "SHA-384", "1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
};
const keyTypes = Object.keys(KEY_TYPES) as CsrKeyType[];

function rsa(bits: number): { verify: Algorithm; oid: string; openssl: string[] } {
  return {
    verify: { name: "RSASSA-PKCS1-v1_5", ...{ hash: "SHA-256" } },
    oid: "1.2.840.113549.1.1.11",
    openssl: [`Public-Key: (${bits} bit)`, "Signature Algorithm: sha256WithRSAEncryption"],
  };
}

function ec(
  namedCurve: string,
  hash: string,
  oid: string,
  name: string,
): { verify: Algorithm; oid: string; openssl: string[] } {
  return {
    verify: { name: "ECDSA", ...{ namedCurve, hash } },
    oid,
    openssl: [`NIST CURVE: ${namedCurve}`, `Signature Algorithm: ${name}`],
  };
}

/** One request of each kind for all tests: an RSA key takes a second. */
const made = new Map<CsrKeyType, ReturnType<typeof createCsr>>();
function requestOf(keyType: CsrKeyType): ReturnType<typeof createCsr> {
  const request = made.get(keyType) ?? createCsr(subject, { keyType });
  made.set(keyType, request);
  return request;
}

/** The fields of a request, read by the reader of key files. */
function readRequest(pem: string) {
  const [block, ...others] = readPem(pem, "the request");
  assertEquals([block!.label, others.length], ["CERTIFICATE REQUEST", 0]);
  const outer = new Reader(block!.bytes, "the request", "the request", "DER");
  const request = outer.enterSequence("CertificationRequest");
  outer.expectEnd();
  const signed = request.rest;
  const info = request.enterSequence("CertificationRequestInfo");
  const signedBytes = signed.slice(0, signed.length - request.rest.length);
  assertEquals(info.readInteger("version"), 0n);
  const name = info.readElement(SEQUENCE, "subject");
  const publicKey = new Uint8Array(info.readElement(SEQUENCE, "subjectPKInfo").raw);
  assertEquals(info.readElement(contextTag(0), "attributes").body.length, 0);
  info.expectEnd();
  const algorithm = request.enterSequence("signatureAlgorithm");
  const oid = algorithm.readOid("algorithm");
  const parameters = algorithm.tag;
  const signature = new Uint8Array(request.readBits("signature"));
  request.expectEnd();
  return { name, publicKey, signedBytes, oid, parameters, signature };
}

/** An ECDSA signature as WebCrypto has it: r and s, each as long as the curve's order. */
function plainSignature(der: Uint8Array, octets: number): Uint8Array<ArrayBuffer> {
  const pair = new Reader(der, "the signature", "the signature", "DER").enterSequence("signature");
  const hex = ["r", "s"].map((part) =>
    pair.readInteger(part).toString(16).padStart(2 * octets, "0")
  );
  return Uint8Array.from(hex.join("").match(/../g)!, (digits) => parseInt(digits, 16));
}

for (const keyType of keyTypes) {
  test(`a request with a key of the type ${keyType}`, async () => {
    const { csr, key: privateKey } = await requestOf(keyType);
    const { name, publicKey, signedBytes, oid, parameters, signature } = readRequest(csr);
    const { verify, oid: expected } = KEY_TYPES[keyType];
    const isEc = verify.name === "ECDSA";
    assertEquals(oid, expected);
    assertEquals(parameters, isEc ? undefined : NULL);
    assertEquals(
      formatName(name.raw),
      "CN=1728489217-Client-MTF-000000, OU=Payments 支付 😀, O=Exämple & Söhne €, C=BE",
    );

    const imported = await crypto.subtle.importKey("spki", publicKey, verify, false, ["verify"]);
    const plain = isEc ? plainSignature(signature, keyType === "EC P-256" ? 32 : 48) : signature;
    assert(await crypto.subtle.verify(verify, imported, plain, signedBytes));

    const read = await readPrivateKey(privateKey);
    assertEquals(read, { key: privateKey, keyType });
    const pkcs8 = readPem(privateKey, "the key")[0]!.bytes;
    const key = await crypto.subtle.importKey("pkcs8", pkcs8, verify, false, ["sign"]);
    const another = await crypto.subtle.sign(verify, key, signedBytes);
    assert(await crypto.subtle.verify(verify, imported, another, signedBytes));
  });
}

test("the parts of the name, most general first, are of the types that RFC 5280 has", async () => {
  const { country: _, ...rest } = subject;
  for (const [given, parts] of [[subject, "C O OU CN"], [rest, "O OU CN"]] as const) {
    const { name } = readRequest((await createCsr(given, { keyType: "EC P-256" })).csr);
    const reader = new Reader(name.body, "the name", "the name", "DER");
    const found: string[] = [];
    while (reader.tag !== undefined) {
      const attribute = reader.enter(0x31, "part").enterSequence("attribute");
      const arc = attribute.readOid("type");
      const short = { "2.5.4.6": "C", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.3": "CN" }[arc]!;
      found.push(short);
      assertEquals(attribute.tag, short === "C" ? 0x13 : 0x0c); // PrintableString, UTF8String
    }
    assertEquals(found.join(" "), parts);
  }
});

test("RSA with 2048 bits is the default, and a name may have 64 characters", async () => {
  const longest = "😀".repeat(64);
  const { csr, key } = await createCsr({
    ...{ commonName: longest, organization: longest, organizationalUnit: longest },
  });
  assertEquals((await readPrivateKey(key)).keyType, "RSA 2048");
  assertEquals(formatName(readRequest(csr).name.raw), `CN=${longest}, OU=${longest}, O=${longest}`);
});

test("what may not be in a request is refused", async () => {
  const refused: [Partial<Record<keyof CsrSubject | "keyType", unknown>>, string][] = [
    [{ commonName: undefined }, "commonName must be a string: current value is undefined"],
    [{ organization: 7 }, "organization must be a string: current value is 7"],
    [{ commonName: "" }, "the length of commonName must be 1 to 64 characters: current value is 0"],
    [{ commonName: "x".repeat(65) }, "commonName must be 1 to 64 characters: current value is 65"],
    [{ organization: "x".repeat(65) }, "organization must be 1 to 64 characters"],
    [{ organizationalUnit: "x".repeat(65) }, "organizationalUnit must be 1 to 64 characters"],
    [{ commonName: "https://example.com" }, 'must not be a URL: current value is "https://exam'],
    [{ commonName: "www.example.com" }, "commonName must not be a URL"],
    [{ organization: "a\nb" }, 'without control characters: current value is "a\\nb"'],
    [{ organization: "a\u0085b" }, "organization must be text without control characters"],
    [{ organizationalUnit: "\ud800" }, "must be text without control characters"],
    [{ organizationalUnit: " x" }, "organizationalUnit must not begin or end with white space"],
    [{ commonName: "   " }, "commonName must not begin or end with white space"],
    [{ country: "" }, 'country must be two letters, as in ISO 3166: current value is ""'],
    [{ country: "BEL" }, "country must be two letters"],
    [{ country: "ÖÄ" }, "country must be two letters"],
    [{ country: null }, "country must be two letters"],
    [{ keyType: "RSA 1024" }, 'keyType must be one of "RSA 2048", "RSA 3072"'],
    [{ keyType: "toString" }, 'current value is "toString"'],
  ];
  for (const [{ keyType, ...changed }, message] of refused) {
    const options = keyType === undefined ? {} : { keyType: keyType as CsrKeyType };
    const error = await assertRejects(
      () => createCsr({ ...subject, ...changed } as CsrSubject, options),
      McFetchError,
      message,
    );
    assertEquals(error.code, "invalid_argument");
    assert(error.message.startsWith("Cannot create the request: "), error.message);
  }
});

test("a name with a colon or a dot is no URL", async () => {
  for (const commonName of ["Example: Payments", "client.example.com", "wwwExample"]) {
    await createCsr({ ...subject, commonName }, { keyType: "EC P-256" });
  }
});

const isHere = known("digest").size > 0;
const unlessHere: Parameters<typeof testExceptOn>[0] = isHere
  ? {}
  : { [runtime]: "there is no openssl here" };

/** Does the work in a folder of its own. */
async function inFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mc-mtls-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

testExceptOn(unlessHere, "OpenSSL reads and verifies a request of each kind", async () => {
  for (const keyType of keyTypes) {
    const { csr, key: privateKey } = await requestOf(keyType);
    await inFolder((folder) => {
      const [request, key] = [join(folder, "client.csr"), join(folder, "client.key")];
      writeFileSync(request, csr);
      writeFileSync(key, privateKey);
      const nameopt = "utf8,sep_comma_plus_space,sname";
      const { status, stdout, stderr } = spawnSync("openssl", [
        ...["req", "-in", request, "-verify", "-noout", "-text", "-nameopt", nameopt],
      ], { encoding: "utf8" });
      assertEquals(status, 0, stderr);
      assertStringIncludes(stdout + stderr, "verify OK"); // in OpenSSL 3.0 a failure ends with 0, too
      const name =
        "C=BE, O=Exämple & Söhne €, OU=Payments 支付 😀, CN=1728489217-Client-MTF-000000";
      for (const line of [`Subject: ${name}`, ...KEY_TYPES[keyType].openssl]) {
        assertStringIncludes(stdout, line);
      }
      const run = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8" });
      run("pkey", "-in", key, "-check", "-noout");
      assertEquals(
        run("pkey", "-in", key, "-pubout"),
        run("req", "-in", request, "-pubkey", "-noout"),
      );
    });
  }
});

testExceptOn(
  unlessHere,
  "from the request to the certificate, a .p12 and an identity",
  async () => {
    for (const keyType of ["RSA 2048", "EC P-256", "EC P-384"] as const) {
      const { csr, key } = await requestOf(keyType);
      await inFolder(async (folder) => {
        for (const [name, contents] of Object.entries({ csr, ca: fixture("ca.pem") })) {
          writeFileSync(join(folder, name), contents);
        }
        writeFileSync(join(folder, "ca.key"), fixture("ca.key"));
        const cert = execFileSync("openssl", [
          ...["x509", "-req", "-in", "csr", "-CA", "ca", "-CAkey", "ca.key", "-set_serial", "1"],
          ...["-days", "1"],
        ], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
        const pfx = await writePkcs12({
          ...{ key, cert, chain: fixture("ca.pem") },
          ...{ passphrase: "keystorepassword", friendlyName: "client", iterations: 1000 },
        });
        const identity = await loadIdentity({ pfx, passphrase: "keystorepassword" });
        assertEquals(identity, {
          cert: cert + new TextDecoder().decode(fixture("ca.pem")),
          key,
          keyKind: identity.keyKind,
          isUsual: true,
        });
        assertEquals(describeKey(identity.keyKind), keyType);
      });
    }
  },
);
