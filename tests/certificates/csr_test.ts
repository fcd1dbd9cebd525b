/** Tests certificate requests with WebCrypto. */
import test from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Reader } from "../../lib/asn1/reader.ts";
import { contextTag, NULL, SEQUENCE } from "../../lib/asn1/tags.ts";
import { createCsr } from "../../lib/certificates/csr.ts";
import type { CsrKeyType, CsrSubject } from "../../lib/certificates/csr_writer.ts";
import { McFetchError } from "../../lib/errors.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import { formatName } from "../../lib/keys/names.ts";
import { readPem } from "../../lib/keys/pem.ts";
import { CSR_KEY_TYPES, requestOf, SUBJECT } from "../support/csr.ts";

const RSA = {
  verify: { name: "RSASSA-PKCS1-v1_5", ...{ hash: "SHA-256" } },
  oid: "1.2.840.113549.1.1.11",
};

/** WebCrypto's parameters, and the identifier of the signature's algorithm. */
const ALGORITHMS: Record<CsrKeyType, { readonly verify: Algorithm; readonly oid: string }> = {
  "RSA 2048": RSA,
  "RSA 3072": RSA,
  "RSA 4096": RSA,
  "EC P-256": makeEc("P-256", "SHA-256", "1.2.840.10045.4.3.2"),
  "EC P-384": makeEc("P-384", "SHA-384", "1.2.840.10045.4.3.3"),
};

function makeEc(namedCurve: string, hash: string, oid: string) {
  return { verify: { name: "ECDSA", ...{ namedCurve, hash } }, oid };
}

/** Reads the fields of a request with the reader of key files. */
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

/** Converts an ECDSA signature for WebCrypto: r and s, each as long as the curve's order. */
function plainSignature(der: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  const pair = new Reader(der, "the signature", "the signature", "DER").enterSequence("signature");
  const hex = ["r", "s"].map((part) =>
    pair.readInteger(part).toString(16).padStart(2 * bytes, "0")
  );
  return Uint8Array.from(hex.join("").match(/../g)!, (digits) => parseInt(digits, 16));
}

for (const keyType of CSR_KEY_TYPES) {
  test(`a request with a key of the type ${keyType}`, async () => {
    const { csr, key: privateKey } = await requestOf(keyType);
    const { name, publicKey, signedBytes, oid, parameters, signature } = readRequest(csr);
    const { verify, oid: expected } = ALGORITHMS[keyType];
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

test("the name has the types of RFC 5280, and its most general part first", async () => {
  const { country: _, ...rest } = SUBJECT;
  for (const [given, parts] of [[SUBJECT, "C O OU CN"], [rest, "O OU CN"]] as const) {
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

test("the default is RSA with 2048 bits, and a name can have 64 characters", async () => {
  const longest = "😀".repeat(64);
  const { csr, key } = await createCsr({
    ...{ commonName: longest, organization: longest, organizationalUnit: longest },
  });
  assertEquals((await readPrivateKey(key)).keyType, "RSA 2048");
  assertEquals(formatName(readRequest(csr).name.raw), `CN=${longest}, OU=${longest}, O=${longest}`);
});

test("a wrong part of a request is rejected", async () => {
  const refused: [Partial<Record<keyof CsrSubject | "keyType", unknown>>, string][] = [
    [{ commonName: undefined }, "commonName must be a string: current value is undefined"],
    [{ organization: 7 }, "organization must be a string: current value is 7"],
    [{ commonName: "" }, "the length of commonName must be 1 to 64 characters: current value is 0"],
    [{ commonName: "x".repeat(65) }, "commonName must be 1 to 64 characters: current value is 65"],
    [{ organization: "x".repeat(65) }, "organization must be 1 to 64 characters"],
    [{ organizationalUnit: "x".repeat(65) }, "organizationalUnit must be 1 to 64 characters"],
    [{ commonName: "https://example.com" }, 'must not be a URL: current value is "https://exam'],
    [{ organization: "a\nb" }, 'without control characters: current value is "a\\u{a}b"'],
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
      () => createCsr({ ...SUBJECT, ...changed } as CsrSubject, options),
      McFetchError,
      message,
    );
    assertEquals(error.code, "invalid_argument");
    assert(error.message.startsWith("Cannot create the request: "), error.message);
  }
});

test("a name with a colon or a dot is not a URL", async () => {
  for (const commonName of ["Example: Payments", "client.example.com", "www.example.com"]) {
    await createCsr({ ...SUBJECT, commonName }, { keyType: "EC P-256" });
  }
});
