/**
 * Pairs private keys with their certificates.
 *
 * @module
 */
import { equalBytes } from "../crypto/bytes.ts";
import type { Opening } from "../encryption/opening.ts";
import { EC, RSA } from "../keys/algorithms.ts";
import type { Attributes, FoundCertificate, FoundKey } from "../keys/contents.ts";
import type { PrivateKey } from "../keys/pkcs8.ts";
import { mergeSchemes, namePublicKey, nameRsaKey } from "../keys/public_key.ts";
import { readEcPrivateKey, readRsaPrivateKey } from "../keys/structures.ts";
import { isKeyOf } from "./proof.ts";

/** Certificates of one public key. The one to present comes first. */
export type Leaves = readonly FoundCertificate[];

/** Certificates by the algorithm and the name of their public key. */
export type ByPublicKey = ReadonlyMap<string, ReadonlyMap<string, Leaves>>;

/** Certificates of a private key. */
export interface FoundLeaves {
  readonly leaves: Leaves;
  /** True if this runtime can verify that key and certificates match. */
  readonly canVerify: boolean;
}

/** Private key and its certificate. */
export interface Pair {
  readonly key: FoundKey;
  readonly leaf: FoundCertificate;
  /** True if this runtime can verify that the two match. */
  readonly canVerify: boolean;
}

/** Entries of the same private key, and the certificates of that key. */
export interface PairGroup extends FoundLeaves {
  readonly keys: readonly [FoundKey, ...FoundKey[]];
}

/**
 * Indexes certificates by their public key. Renewed certificates may have the same public key. The
 * first of them is valid now, if any is, and stays valid for the longest time.
 *
 * @param certificates The certificates of the files
 * @param now The time at which a certificate should be valid
 */
export async function indexByPublicKey(
  certificates: readonly FoundCertificate[],
  now: Date,
): Promise<ByPublicKey> {
  const index = new Map<string, Map<string, FoundCertificate[]>>();
  for (const found of certificates) {
    const { algorithm, publicKey } = found.certificate;
    const alike = index.get(mergeSchemes(algorithm)) ?? new Map<string, FoundCertificate[]>();
    index.set(mergeSchemes(algorithm), alike);
    const name = namePublicKey(algorithm, publicKey);
    const leaves = alike.get(name);
    if (leaves === undefined) alike.set(name, [found]);
    else leaves.push(found);
  }
  for (const leaves of [...index.values()].flatMap((alike) => [...alike.values()])) {
    if (leaves.length > 1) (await import("./renewal.ts")).sortByValidity(leaves, now);
  }
  return index;
}

/**
 * Finds the certificates of a private key by the public key.
 *
 * @param found The private key
 * @param certificates The certificates of the files
 * @param opening The opening of the file, which pays for the verification
 */
export async function findLeaves(
  found: FoundKey,
  certificates: ByPublicKey,
  opening: Opening,
): Promise<FoundLeaves> {
  const { key } = found;
  const algorithm = mergeSchemes(key.algorithm);
  const alike = certificates.get(algorithm) ?? new Map<string, Leaves>();
  const likely = alike.get(nameStoredKey(key, opening.file) ?? "");
  // The numbers of an RSA key are its public key. Beside an EC key, the public key of another
  // private key may be stored, so it only gives the order.
  const others = algorithm === RSA ? [] : [...alike.values()].filter((it) => it !== likely);
  for (const leaves of [...likely ? [likely] : [], ...others]) {
    await opening.takeTurn();
    const [first] = leaves;
    const isMatch = first && await isKeyOf(key, first.certificate, opening);
    if (isMatch === undefined) {
      const linked = others.flat().filter((leaf) => hasSameKeyId(found, leaf));
      return { leaves: likely ?? linked, canVerify: false };
    }
    if (isMatch) return { leaves, canVerify: true };
  }
  return { leaves: [], canVerify: true };
}

/**
 * Selects the certificate of an entry. Java writes an entry for each certificate of a renewed key.
 * Only there, localKeyID decides.
 *
 * @param found The private key of the entry
 * @param isShared True if other entries have the same private key
 * @param leaves The certificates of the private key
 */
export function selectLeaf(
  found: FoundKey,
  isShared: boolean,
  leaves: Leaves,
): FoundCertificate | undefined {
  const own = isShared ? leaves.find((leaf) => hasSameKeyId(found, leaf)) : undefined;
  return own ?? leaves[0];
}

/** True if both have the same localKeyID. */
function hasSameKeyId({ localKeyId: a }: Attributes, { localKeyId: b }: Attributes): boolean {
  return a !== undefined && b !== undefined && equalBytes(a, b);
}

/** Returns the name of the public key that is stored with a private key. */
function nameStoredKey({ algorithm, secret }: PrivateKey, file: string): string | undefined {
  if (mergeSchemes(algorithm) === RSA) return nameRsaKey(readRsaPrivateKey(secret, file));
  const publicKey = algorithm === EC ? readEcPrivateKey(secret, file).publicKey : undefined;
  return publicKey && namePublicKey(algorithm, publicKey);
}
