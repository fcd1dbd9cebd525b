/**
 * Writes private keys in the form that the TLS implementations of the runtimes accept.
 *
 * @module
 */
import { BIT_STRING, NULL } from "../asn1/tags.ts";
import { writeElement, writeOid, writeSequence } from "../asn1/writer.ts";
import { equalBytes } from "../crypto/bytes.ts";
import { CURVE_NAMES, EC, isUsualRsa, RSA } from "../keys/algorithms.ts";
import type { PrivateKey } from "../keys/pkcs8.ts";
import { readEcPrivateKey, writeEcPrivateKey } from "../keys/structures.ts";
import type { Certificate } from "../keys/x509.ts";
import { SCALAR_OCTETS } from "./proof.ts";

/**
 * Writes the key of a certificate. Rewrites EC keys: some programs omit leading zeros, and the
 * stored public key may belong to another private key.
 *
 * @returns PrivateKeyInfo
 */
export function writeTlsKey(key: PrivateKey, { publicKey }: Certificate, file: string): Uint8Array {
  const octets = SCALAR_OCTETS.get(findCurveOf(key) ?? "");
  const { parameters } = key;
  if (octets === undefined || parameters === undefined) return key.der;
  const { scalar } = readEcPrivateKey(key.secret, file);
  return writeEcPrivateKey(parameters.raw, scalar, octets, publicKey) ?? key.der;
}

/**
 * True if key and certificate describe the key in the usual way. Some TLS implementations reject
 * other descriptions: explicit curve parameters, RSA restricted to a scheme, or a third prime.
 */
export function isUsualForm(key: PrivateKey, certificate: Certificate): boolean {
  if (key.kind.family === "RSA" && !isUsualRsa(key.kind)) return false;
  const usual = writeSequence(
    writeSequence(writeOid(key.algorithm), ...writeUsualParameters(key)),
    writeElement(BIT_STRING, Uint8Array.of(0), certificate.publicKey),
  );
  return equalBytes(certificate.subjectPublicKeyInfo, usual);
}

function writeUsualParameters(key: PrivateKey): Uint8Array[] {
  if (key.algorithm === RSA) return [writeElement(NULL)];
  if (key.algorithm !== EC) return [];
  const curve = findCurveOf(key);
  return [...CURVE_NAMES].filter(([, name]) => name === curve).map(([oid]) => writeOid(oid));
}

function findCurveOf({ kind }: PrivateKey): string | undefined {
  return kind.family === "EC" ? kind.curve : undefined;
}
