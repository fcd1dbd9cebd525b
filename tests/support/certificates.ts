/** Writes certificates, valid and odd, that the fixtures' CA signs. The server trusts the CA. */
import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { BIT_STRING, BOOLEAN, contextTag, UTC_TIME } from "../../lib/asn1/tags.ts";
import {
  writeElement,
  writeInteger,
  writeOctets,
  writeOid,
  writeSequence,
  writeSet,
} from "../../lib/asn1/writer.ts";
import { readPem, writePem } from "../../lib/keys/pem.ts";
import { readCertificate } from "../../lib/keys/x509.ts";
import { fixture } from "./context.ts";

const GENERALIZED_TIME = 0x18;
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";

/** Contents of a certificate to write. */
export interface CertificateParts {
  /** SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Uint8Array;
  readonly subject?: Uint8Array;
  readonly issuer?: Uint8Array;
  /** The validity. Default is from yesterday to a year from now. */
  readonly from?: Date;
  readonly to?: Date;
  readonly extensions?: readonly Uint8Array[];
  /** The elements after the public key, instead of the extensions. */
  readonly rest?: readonly Uint8Array[];
  readonly serial?: Uint8Array;
  /** The contents of the version; 2 stands for version 3. */
  readonly version?: Uint8Array;
  /** The AlgorithmIdentifiers inside and outside of the signed part. */
  readonly inner?: Uint8Array;
  readonly outer?: Uint8Array;
  /** The bytes before the signature in the BIT STRING. */
  readonly unused?: number;
  /** Signs the certificate. Default is the fixtures' CA. */
  readonly sign?: (tbs: Uint8Array) => Uint8Array;
}

/** A day, in milliseconds. */
export const DAY: number = 24 * 60 * 60 * 1000;

function readBlock(name: string): Uint8Array {
  return readPem(new TextDecoder().decode(fixture(name)), name)[0]!.bytes;
}

/** Writes a name with one attribute. */
export function writeName(text: string, type: string = "2.5.4.3"): Uint8Array {
  const value = writeElement(0x0c, new TextEncoder().encode(text));
  return writeSequence(writeSet(writeSequence(writeOid(type), value)));
}

/** Writes an extension. */
export function writeExtension(type: string, value: Uint8Array, isCritical = false): Uint8Array {
  const critical = isCritical ? [writeElement(BOOLEAN, Uint8Array.of(0xff))] : [];
  return writeSequence(writeOid(type), ...critical, writeOctets(value));
}

/** Writes a keyUsage extension with the bits of the first octet. */
export function writeKeyUsage(bits: number): Uint8Array {
  const unused = 31 - Math.clz32(bits & -bits);
  return writeExtension("2.5.29.15", writeElement(BIT_STRING, Uint8Array.of(unused, bits)), true);
}

/** RFC 5280, section 4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050. */
function writeTime(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, "");
  const isLate = date.getUTCFullYear() >= 2050;
  const text = new TextEncoder().encode(isLate ? digits : digits.slice(2));
  return writeElement(isLate ? GENERALIZED_TIME : UTC_TIME, text);
}

function signByCa(tbs: Uint8Array): Uint8Array {
  const key: KeyObject = createPrivateKey(new TextDecoder().decode(fixture("ca.key")));
  return new Uint8Array(sign("sha256", tbs, key));
}

/** Writes a certificate. */
export function writeCertificate(parts: CertificateParts): Uint8Array<ArrayBuffer> {
  const algorithm = writeSequence(writeOid(ECDSA_WITH_SHA256));
  const { inner = algorithm, outer = inner, extensions = [] } = parts;
  const version = parts.version ?? writeInteger(2);
  const rest = parts.rest ??
    (extensions.length > 0 ? [writeElement(contextTag(3), writeSequence(...extensions))] : []);
  const tbs = writeSequence(
    ...version.length > 0 ? [writeElement(contextTag(0), version)] : [],
    parts.serial ?? writeInteger(BigInt(Date.now())),
    inner,
    parts.issuer ?? writeName("mc-mtls test CA"),
    writeSequence(
      writeTime(parts.from ?? new Date(Date.now() - DAY)),
      writeTime(parts.to ?? new Date(Date.now() + 365 * DAY)),
    ),
    parts.subject ?? writeName("client of a test"),
    parts.publicKeyInfo,
    ...rest,
  );
  const signature = (parts.sign ?? signByCa)(tbs);
  const unused = Uint8Array.of(parts.unused ?? 0);
  return writeSequence(tbs, outer, writeElement(BIT_STRING, unused, signature));
}

/** Writes a certificate as PEM. */
export function writeCertificatePem(parts: CertificateParts): string {
  return writePem("CERTIFICATE", writeCertificate(parts));
}

/** Returns the SubjectPublicKeyInfo of a fixture's certificate. */
export function readPublicKeyInfo(name: string): Uint8Array {
  return readCertificate(readBlock(name), name).subjectPublicKeyInfo;
}
