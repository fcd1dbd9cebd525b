/**
 * Which certificate belongs to which private key.
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

/** The certificate of a key, and whether the key has proven that. */
export interface Leaf {
  readonly leaf: FoundCertificate | undefined;
  /** Whether this runtime could check at all. */
  readonly provable: boolean;
}

/**
 * The certificate of a private key, by its public key. Among several with the same public key, as renewed
 * certificates have, the one with the key's localKeyID, then the first one.
 *
 * @param found The private key
 * @param certificates Where to look
 * @param opening What the file may cost; proofs are taken from it
 */
export async function findLeaf(
  found: FoundKey,
  certificates: readonly FoundCertificate[],
  opening: Opening,
): Promise<Leaf> {
  const { key, localKeyId } = found;
  const named = ({ localKeyId: id }: FoundCertificate) =>
    !!id && !!localKeyId && equalBytes(id, localKeyId);
  const alike = certificates.filter(({ certificate }) => hasSameAlgorithm(key, certificate))
    .sort((a, b) => Number(named(b)) - Number(named(a)));
  // the public key that is stored with the private one says where to look, and no more
  const stored = readStoredPublicKey(key, opening.file);
  const likely = alike.filter(({ certificate }) =>
    stored && equalBytes(certificate.publicKey, stored)
  );
  for (const candidate of likely.length > 0 ? likely : alike) {
    const proof = await isKeyOf(key, candidate.certificate, opening);
    if (proof === undefined) return { leaf: likely[0] ?? alike.find(named), provable: false };
    if (proof) return { leaf: candidate, provable: true };
  }
  return { leaf: undefined, provable: true };
}

/** Whether key and certificate have the same algorithm. All kinds of RSA are one: the AlgorithmIdentifier alone differs. */
function hasSameAlgorithm(key: PrivateKey, certificate: Certificate): boolean {
  return key.algorithm === certificate.algorithm ||
    RSA_NAMES.has(key.algorithm) && RSA_NAMES.has(certificate.algorithm);
}

function readStoredPublicKey(key: PrivateKey, file: string): Uint8Array | undefined {
  if (RSA_NAMES.has(key.algorithm)) return readRsaPrivateKey(key.secret, file).publicKey;
  return key.algorithm === EC ? readEcPrivateKey(key.secret, file).publicKey : undefined;
}
