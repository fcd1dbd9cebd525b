/**
 * Pairs private keys with their certificates.
 *
 * @module
 */
import { equalBytes } from "../crypto/bytes.ts";
import type { Opening } from "../encryption/opening.ts";
import { EC, RSA_NAMES } from "../keys/algorithms.ts";
import type { FoundCertificate, FoundKey } from "../keys/contents.ts";
import type { PrivateKey } from "../keys/pkcs8.ts";
import { readEcPrivateKey, readRsaPrivateKey } from "../keys/structures.ts";
import type { Certificate } from "../keys/x509.ts";
import { isKeyOf } from "./proof.ts";

/** Certificate of a private key. */
interface Leaf {
  readonly leaf: FoundCertificate | undefined;
  /** True if this runtime can verify that key and certificate match. */
  readonly canVerify: boolean;
}

/**
 * Finds the certificate of a private key by the public key. Renewed certificates may have the same
 * public key. Among them, the certificate with the key's localKeyID comes first.
 *
 * @param found The private key
 * @param certificates The certificates of the files
 * @param opening The opening of the file, which pays for the verification
 */
export async function findLeaf(
  found: FoundKey,
  certificates: readonly FoundCertificate[],
  opening: Opening,
): Promise<Leaf> {
  const { key, localKeyId } = found;
  const hasKeyId = ({ localKeyId: id }: FoundCertificate) =>
    !!id && !!localKeyId && equalBytes(id, localKeyId);
  const alike = certificates.filter(({ certificate }) => hasSameAlgorithm(key, certificate))
    .sort((a, b) => Number(hasKeyId(b)) - Number(hasKeyId(a)));
  // The stored public key may belong to another private key, so it only gives the order.
  const stored = readStoredPublicKey(key, opening.file);
  const likely = alike.filter(({ certificate }) =>
    stored && equalBytes(certificate.publicKey, stored)
  );
  // The numbers of an RSA key are its public key. Beside an EC key, another one may be stored.
  const isOnlyLikely = likely.length > 0 || RSA_NAMES.has(key.algorithm);
  for (const candidate of isOnlyLikely ? likely : alike) {
    await opening.takeTurn();
    const isMatch = await isKeyOf(key, candidate.certificate, opening);
    if (isMatch === undefined) return { leaf: likely[0] ?? alike.find(hasKeyId), canVerify: false };
    if (isMatch) return { leaf: candidate, canVerify: true };
  }
  return { leaf: undefined, canVerify: true };
}

/** True if key and certificate have the same algorithm. All schemes of RSA have the same keys. */
function hasSameAlgorithm(key: PrivateKey, certificate: Certificate): boolean {
  return key.algorithm === certificate.algorithm ||
    RSA_NAMES.has(key.algorithm) && RSA_NAMES.has(certificate.algorithm);
}

function readStoredPublicKey(key: PrivateKey, file: string): Uint8Array | undefined {
  if (RSA_NAMES.has(key.algorithm)) return readRsaPrivateKey(key.secret, file).publicKey;
  return key.algorithm === EC ? readEcPrivateKey(key.secret, file).publicKey : undefined;
}
