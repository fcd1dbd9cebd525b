/**
 * Reads the contents of a certificate (X.509, RFC 5280) with pkijs. This file is loaded after a
 * failure and for `inspectCredentials`. A request that succeeds does not load it.
 *
 * @module
 */
import type { BitString, OctetString } from "asn1js";
import * as pkijs from "pkijs";
import { Reader } from "../asn1/reader.ts";
import { CONSTRUCTED, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE } from "../asn1/tags.ts";
import { bitLength, toBigInt, toHex } from "../crypto/bytes.ts";
import { McFetchError } from "../errors.ts";
import { isSelfSigned } from "../identity/self_signed.ts";
import { describeKey, DSA, EC, type KeyKind, RSA_NAMES } from "../keys/algorithms.ts";
import { CURVE_NAMES } from "../keys/curve_names.ts";
import { computeFingerprint, formatName } from "../keys/names.ts";
import { OTHER_NAMES } from "../keys/other_names.ts";
import { type Certificate, readCertificate } from "../keys/x509.ts";
import { showText } from "../show.ts";

/** Contents of a certificate. */
export interface CertificateDetails {
  /** The subject, most specific part first, such as `CN=client, O=Example`. */
  readonly subject: string;
  /** The issuer, in the same form. */
  readonly issuer: string;
  /** The serial number in hexadecimal digits, as `openssl x509 -serial` prints it. */
  readonly serialNumber: string;
  /** True if its own key signed it. A certificate of its issuer's name may have another key. */
  readonly selfSigned: boolean;
  /** The start of the validity. */
  readonly notBefore: Date;
  /** The end of the validity. */
  readonly notAfter: Date;
  /** The SHA-256 fingerprint, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string;
  /** The type of the key with its size or curve, such as `RSA 2048` or `EC P-256`. */
  readonly keyType: string;
  /** The signature's algorithm, such as `SHA-256 with RSA`, or its identifier if unknown. */
  readonly signatureAlgorithm: string;
  /** The key usages, by the names of RFC 5280, section 4.2.1.3. Empty without the extension. */
  readonly keyUsages: readonly string[];
  /** The purposes, by the names of RFC 5280, section 4.2.1.12. Empty without the extension. */
  readonly extendedKeyUsages: readonly string[];
  /** The subject's alternative names, such as `DNS:example.com`. */
  readonly names: readonly string[];
}

/** Identifiers of extensions (RFC 5280, section 4.2.1). */
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const EXTENDED_KEY_USAGE = "2.5.29.37";

/** The bits of the key usage, first bit first (RFC 5280, section 4.2.1.3). */
const KEY_USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
];

/** The purposes by their identifiers (RFC 5280, section 4.2.1.12). */
const KEY_PURPOSES: Readonly<Record<string, string>> = {
  "2.5.29.37.0": "any",
  "1.3.6.1.5.5.7.3.1": "serverAuth",
  "1.3.6.1.5.5.7.3.2": "clientAuth",
  "1.3.6.1.5.5.7.3.3": "codeSigning",
  "1.3.6.1.5.5.7.3.4": "emailProtection",
  "1.3.6.1.5.5.7.3.8": "timeStamping",
  "1.3.6.1.5.5.7.3.9": "OCSPSigning",
};

/** The signature algorithms (RFC 8017, appendix A.2.4; RFC 4055; RFC 5758). */
const SIGNATURES: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.1.2": "MD2 with RSA",
  "1.2.840.113549.1.1.4": "MD5 with RSA",
  "1.2.840.113549.1.1.5": "SHA-1 with RSA",
  "1.2.840.113549.1.1.10": "RSA-PSS",
  "1.2.840.113549.1.1.11": "SHA-256 with RSA",
  "1.2.840.113549.1.1.12": "SHA-384 with RSA",
  "1.2.840.113549.1.1.13": "SHA-512 with RSA",
  "1.2.840.113549.1.1.14": "SHA-224 with RSA",
  "1.3.14.3.2.29": "SHA-1 with RSA",
  "1.2.840.10040.4.3": "SHA-1 with DSA",
  "2.16.840.1.101.3.4.3.2": "SHA-256 with DSA",
  "1.2.840.10045.4.1": "SHA-1 with ECDSA",
  "1.2.840.10045.4.3.2": "SHA-256 with ECDSA",
  "1.2.840.10045.4.3.3": "SHA-384 with ECDSA",
  "1.2.840.10045.4.3.4": "SHA-512 with ECDSA",
};

/**
 * Reads the contents of a certificate.
 *
 * @throws {McFetchError} `malformed_credentials` if pkijs cannot read the certificate
 */
export async function describeCertificate(certificate: Certificate): Promise<CertificateDetails> {
  checkElements(certificate.der);
  try {
    const { serialNumber, notBefore, notAfter, signatureAlgorithm, extensions = [] } = pkijs
      .Certificate.fromBER(certificate.der.slice());
    const findExtension = (type: string): unknown =>
      extensions.find(({ extnID }) => extnID === type)?.parsedValue;
    const { algorithmId } = signatureAlgorithm;
    const kind = publicKeyKind(certificate);
    return {
      subject: formatName(certificate.subject),
      issuer: formatName(certificate.issuer),
      serialNumber: toHex(serialNumber.valueBlock.valueHexView).toUpperCase(),
      selfSigned: await isSelfSigned(certificate),
      notBefore: notBefore.value,
      notAfter: notAfter.value,
      fingerprint: await computeFingerprint(certificate),
      keyType: kind === undefined ? certificate.algorithm : describeKey(kind),
      signatureAlgorithm: describeSignature(algorithmId),
      keyUsages: readKeyUsages(findExtension(KEY_USAGE) as BitString | undefined),
      extendedKeyUsages: (findExtension(EXTENDED_KEY_USAGE) as pkijs.ExtKeyUsage | undefined)
        ?.keyPurposes.map((purpose) => KEY_PURPOSES[purpose] ?? purpose) ?? [],
      names: (findExtension(SUBJECT_ALT_NAME) as pkijs.AltName | undefined)
        ?.altNames.map(describeName) ?? [],
    };
  } catch (cause) {
    throw new McFetchError(
      "malformed_credentials",
      "Cannot inspect the certificate: it does not follow RFC 5280; ask the CA for a new one",
      { cause },
    );
  }
}

/** Certificate with its contents. */
export interface Described {
  readonly certificate: Certificate;
  readonly details: CertificateDetails;
}

/** Describes the certificates of a server. Leaves out those that cannot be read. */
export async function describeReadable(ders: readonly Uint8Array[]): Promise<Described[]> {
  const described: Described[] = [];
  for (const der of ders) {
    try {
      const certificate = readCertificate(der, "the server's certificate");
      described.push({ certificate, details: await describeCertificate(certificate) });
    } catch { // the others still tell something
    }
  }
  return described;
}

/** Returns the name of a signature's algorithm, or its identifier if it is unknown. */
export function describeSignature(algorithm: string): string {
  // The identifiers of Ed25519, ML-DSA and SLH-DSA stand for keys and signatures.
  return SIGNATURES[algorithm] ?? OTHER_NAMES.get(algorithm) ?? algorithm;
}

/** A certificate with 2,500 names has this many. pkijs takes 40 ms for them. */
const MAX_ELEMENTS = 3000;

/** Checks that pkijs reads the certificate quickly. Counts the elements in extensions, too. */
function checkElements(der: Uint8Array): void {
  const open = [new Reader(der, "the certificate", "the certificate")];
  for (let count = 0, reader = open.at(-1); reader !== undefined; reader = open.at(-1)) {
    if (reader.tag === undefined) {
      open.pop();
      continue;
    }
    const { tag, body } = reader.readAny("element");
    if (++count > MAX_ELEMENTS) {
      const problem = `it has more than ${MAX_ELEMENTS} elements; ask the CA for a smaller one`;
      throw new McFetchError(
        "malformed_credentials",
        `Cannot inspect the certificate: ${problem}`,
      );
    }
    const isExtension = tag === OCTET_STRING && body[0] === SEQUENCE;
    if ((tag & CONSTRUCTED) !== 0 || isExtension) {
      open.push(new Reader(body, "the certificate", "the certificate"));
    }
  }
}

/** Returns the kind of a certificate's key, or `undefined` if the algorithm is unknown. */
export function publicKeyKind(
  { algorithm, parameters, publicKey }: Pick<
    Certificate,
    "algorithm" | "parameters" | "publicKey"
  >,
): KeyKind | undefined {
  const file = "the certificate";
  const scheme = RSA_NAMES.get(algorithm);
  if (scheme !== undefined) {
    // RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
    const key = new Reader(publicKey, file, "RSAPublicKey").enterSequence("key");
    const bits = bitLength(key.readInteger("modulus"));
    const publicExponent = key.readInteger("public exponent");
    return { family: "RSA", scheme, bits, primes: 2, publicExponent };
  }
  if (algorithm === EC) {
    if (parameters?.tag !== OBJECT_IDENTIFIER) return { family: "EC", curve: undefined };
    const curve = new Reader(parameters.raw, file, "ECParameters").readOid("curve");
    return { family: "EC", curve: CURVE_NAMES.get(curve) ?? curve };
  }
  if (algorithm === DSA) {
    // RFC 3279, section 2.3.2: the parameters of the issuer's key may apply.
    if (parameters?.tag !== SEQUENCE) return { family: "other", name: "DSA" };
    // Dss-Parms ::= SEQUENCE { p INTEGER, q INTEGER, g INTEGER }
    const prime = new Reader(parameters.body, file, "Dss-Parms").readInteger("p");
    return { family: "DSA", bits: bitLength(prime) };
  }
  const name = OTHER_NAMES.get(algorithm);
  return name === undefined ? undefined : { family: "other", name };
}

function readKeyUsages(bits: BitString | undefined): string[] {
  const bytes = bits?.valueBlock.valueHexView ?? new Uint8Array(0);
  return KEY_USAGES.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

/** The types of general names that are texts, by their tags (RFC 5280, section 4.2.1.6). */
const NAME_TYPES: Readonly<Record<number, string>> = { 1: "email", 2: "DNS", 6: "URI" };

/** The tags of two other types of general names. */
const DIRECTORY_NAME = 4;
const IP_ADDRESS = 7;

/** Describes a general name, such as `DNS:example.com`. */
export function describeName({ type, value }: pkijs.GeneralName): string {
  const kind = NAME_TYPES[type];
  if (kind !== undefined) return `${kind}:${showText(String(value))}`;
  if (type === IP_ADDRESS) {
    return `IP:${describeAddress((value as OctetString).valueBlock.valueHexView)}`;
  }
  return type === DIRECTORY_NAME ? "a directory name" : "another name";
}

function describeAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from(
    { length: bytes.length >> 1 },
    (_, i) => toBigInt(bytes.subarray(2 * i, 2 * i + 2)).toString(16),
  );
  return groups.join(":");
}
