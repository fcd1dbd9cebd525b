/**
 * Tells certificates that their own key signed from those of a CA with the same name. Loaded when
 * issuer and subject have the same name.
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { OBJECT_IDENTIFIER, SEQUENCE } from "../asn1/tags.ts";
import { concat, equalBytes } from "../crypto/bytes.ts";
import { EC } from "../keys/algorithms.ts";
import { CURVE_NAMES } from "../keys/curve_names.ts";
import type { Certificate } from "../keys/x509.ts";
import { SCALAR_OCTETS } from "./proof.ts";

/** The signature algorithms of WebCrypto, with their hashes (RFC 8017, RFC 5758, RFC 8410). */
const SIGNATURES: ReadonlyMap<string, readonly [name: string, hash?: string]> = new Map([
  ["1.2.840.113549.1.1.5", ["RSASSA-PKCS1-v1_5", "SHA-1"]],
  ["1.2.840.113549.1.1.11", ["RSASSA-PKCS1-v1_5", "SHA-256"]],
  ["1.2.840.113549.1.1.12", ["RSASSA-PKCS1-v1_5", "SHA-384"]],
  ["1.2.840.113549.1.1.13", ["RSASSA-PKCS1-v1_5", "SHA-512"]],
  ["1.2.840.10045.4.3.2", ["ECDSA", "SHA-256"]],
  ["1.2.840.10045.4.3.3", ["ECDSA", "SHA-384"]],
  ["1.2.840.10045.4.3.4", ["ECDSA", "SHA-512"]],
  ["1.3.101.112", ["Ed25519"]],
]);

/**
 * True if a certificate's own key signed it. If WebCrypto cannot verify the signature, the key
 * identifiers decide, and without them the names.
 */
export async function isSelfSigned(certificate: Certificate): Promise<boolean> {
  const { issuer, subject, subjectKeyId, authorityKeyId } = certificate;
  if (!equalBytes(issuer, subject)) return false;
  const verified = await verifyWithOwnKey(certificate).catch(() => undefined);
  if (verified !== undefined) return verified;
  return !subjectKeyId || !authorityKeyId || equalBytes(subjectKeyId, authorityKeyId);
}

/** Verifies the signature with the certificate's own key; `undefined` if WebCrypto cannot. */
async function verifyWithOwnKey(certificate: Certificate): Promise<boolean | undefined> {
  const fields = new Reader(certificate.der, "", "").enterSequence("");
  const tbs = fields.readElement(SEQUENCE, "").raw;
  const [name, hash] = SIGNATURES.get(fields.enterSequence("").readOid("")) ?? [];
  if (name === undefined) return undefined;
  const { algorithm: keyType, parameters } = certificate;
  if ((name === "ECDSA") !== (keyType === EC)) return false; // a key of another kind signed it
  const namedCurve = name === "ECDSA" && parameters?.tag === OBJECT_IDENTIFIER
    ? CURVE_NAMES.get(new Reader(parameters.raw, "", "").readOid(""))
    : undefined;
  const algorithm = { name, ...hash && { hash }, ...namedCurve && { namedCurve } };
  const signature = fields.readBits("");
  const octets = SCALAR_OCTETS.get(namedCurve ?? "");
  const spki = new Uint8Array(certificate.subjectPublicKeyInfo);
  const key = await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
  const raw = octets === undefined ? signature : readEcdsaSignature(signature, octets);
  return await crypto.subtle.verify(algorithm, key, new Uint8Array(raw), new Uint8Array(tbs));
}

/** Converts `SEQUENCE { r INTEGER, s INTEGER }` to r || s, as WebCrypto has it. */
function readEcdsaSignature(signature: Uint8Array, octets: number): Uint8Array {
  const numbers = new Reader(signature, "", "").enterSequence("");
  return concat([numbers, numbers].map((reader) => {
    const digits = reader.readInteger("").toString(16).padStart(2 * octets, "0");
    return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  }));
}
