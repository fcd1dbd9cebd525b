/**
 * A private key as the TLS implementations of the runtimes take it.
 *
 * @module
 */
import { BIT_STRING, NULL } from "../asn1/reader.ts";
import { equalBytes } from "../crypto/bytes.ts";
import { encode, encodeOid, sequence } from "../asn1/writer.ts";
import { readEc, writeEc } from "../keys/structures.ts";
import { CURVE_NAMES, EC, RSA } from "../keys/algorithms.ts";
import type { PrivateKey } from "../keys/pkcs8.ts";
import { SCALAR_OCTETS } from "./proof.ts";
import type { Certificate } from "../keys/x509.ts";

/**
 * Writes a key that has proven to be the certificate's. An EC key is written anew: some writers leave
 * leading zeros out, and what is stored beside it as the public key may be another one.
 *
 * @returns PrivateKeyInfo
 */
export function writeTlsKey(key: PrivateKey, { publicKey }: Certificate, file: string): Uint8Array {
  const octets = SCALAR_OCTETS.get(curveOf(key));
  if (octets === undefined) return key.der;
  const { scalar } = readEc(key.secret, file);
  return writeEc(key.parameters!.raw, scalar, octets, publicKey) ?? key.der;
}

/**
 * The key's type, by which a runtime tells whether its TLS takes it. Where the certificate describes
 * the key otherwise than is usual (explicit curve parameters, RSA by the name of one use), some take
 * the two for a mismatch.
 */
export function tlsKeyType(key: PrivateKey, certificate: Certificate): string {
  const parameters = key.algorithm === RSA
    ? [encode(NULL)]
    : key.algorithm === EC
    ? [...CURVE_NAMES].filter(([, name]) => name === curveOf(key)).map(([oid]) => encodeOid(oid))
    : [];
  const usual = sequence(
    sequence(encodeOid(key.algorithm), ...parameters),
    encode(BIT_STRING, Uint8Array.of(0), certificate.publicKey),
  );
  const isUsual = equalBytes(certificate.subjectPublicKeyInfo, usual);
  return isUsual ? key.type : `${key.type}, in an unusual form`;
}

function curveOf({ type }: PrivateKey): string {
  return type.replace("EC ", "");
}
