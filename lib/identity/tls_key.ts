/**
 * Writes private keys in the form that the TLS implementations of the runtimes accept.
 *
 * @module
 */
import { BIT_STRING, NULL } from "../asn1/tags.ts";
import { writeElement, writeInteger, writeOid, writeSequence } from "../asn1/writer.ts";
import { equalBytes } from "../crypto/bytes.ts";
import { EC, isUsualRsa, RSA } from "../keys/algorithms.ts";
import type { PrivateKey } from "../keys/pkcs8.ts";
import {
  readEcPrivateKey,
  readRsaPrivateKey,
  UNCOMPRESSED,
  writeEcPrivateKey,
} from "../keys/structures.ts";
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
export async function isUsualForm(key: PrivateKey, certificate: Certificate): Promise<boolean> {
  if (key.kind.family === "RSA" && !isUsualRsa(key.kind)) return false;
  const usual = writeSequence(
    writeSequence(writeOid(key.algorithm), ...await writeUsualParameters(key)),
    writeElement(BIT_STRING, Uint8Array.of(0), writeUsualPublicKey(key, certificate)),
  );
  return equalBytes(certificate.subjectPublicKeyInfo, usual);
}

/** Writes the public key in DER. A compressed point is unusual. */
function writeUsualPublicKey(key: PrivateKey, { publicKey }: Certificate): Uint8Array {
  if (key.algorithm === RSA) {
    const { modulus, publicExponent } = readRsaPrivateKey(key.secret, "");
    return writeSequence(writeInteger(modulus), writeInteger(publicExponent));
  }
  return key.algorithm !== EC || publicKey[0] === UNCOMPRESSED ? publicKey : new Uint8Array(0);
}

async function writeUsualParameters(key: PrivateKey): Promise<Uint8Array[]> {
  if (key.algorithm === RSA) return [writeElement(NULL)];
  if (key.algorithm !== EC) return [];
  const curve = findCurveOf(key);
  const { CURVE_NAMES } = await import("../keys/curve_names.ts");
  return [...CURVE_NAMES].filter(([, name]) => name === curve).map(([oid]) => writeOid(oid));
}

function findCurveOf({ kind }: PrivateKey): string | undefined {
  return kind.family === "EC" ? kind.curve : undefined;
}
