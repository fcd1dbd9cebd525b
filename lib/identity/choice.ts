/**
 * The choice among several identities, and the error if none fits. Loaded when it is needed.
 *
 * @module
 */
import { KeyFileError } from "../errors.ts";
import { describeKey } from "../keys/algorithms.ts";
import type { FoundCertificate, FoundKey } from "../keys/contents.ts";
import { computeFingerprint, formatName } from "../keys/names.ts";

/** A private key and its certificate. */
interface Pair {
  readonly key: FoundKey;
  readonly leaf: FoundCertificate;
}

/** Returns the pair with that friendly name or SHA-256 fingerprint, or the only one. */
export async function choosePair<Chosen extends Pair>(
  pairs: readonly Chosen[],
  alias: string | undefined,
  file: string,
): Promise<Chosen> {
  const named = await Promise.all(pairs.map(async (pair) => ({
    pair,
    name: pair.key.friendlyName ?? pair.leaf.friendlyName,
    subject: formatName(pair.leaf.certificate.subject),
    fingerprint: await computeFingerprint(pair.leaf.certificate),
  })));
  const wanted = alias?.replaceAll(":", "").toUpperCase();
  const chosen = alias === undefined
    ? named
    : named.filter((one) => one.name === alias || one.fingerprint.replaceAll(":", "") === wanted);
  if (chosen.length === 1) return chosen[0]!.pair;
  const list = named
    .map((one) => `"${one.name ?? ""}" (${one.subject}, SHA-256 ${one.fingerprint})`).join("; ");
  const problem = alias === undefined
    ? `it holds ${named.length} private keys and none was chosen`
    : `${chosen.length} of its private keys have the alias "${alias}"`;
  const message = `Cannot use ${file}: ${problem}; it holds ${list}`;
  throw new KeyFileError("ambiguous_key", message, "ambiguous_key");
}

/** Returns the error for keys that no certificate belongs to. */
export function keyMismatch(
  keys: readonly FoundKey[],
  certificates: readonly FoundCertificate[],
  file: string,
): KeyFileError {
  const types = keys.map(({ key }) => describeKey(key.kind)).join(", ");
  const subjects = certificates.map(({ certificate }) => formatName(certificate.subject)).join(
    "; ",
  );
  const message = `Cannot use ${file}: no certificate belongs to the private key (${types}); ` +
    `the certificates are for ${subjects}`;
  return new KeyFileError("key_mismatch", message, "key_mismatch");
}
