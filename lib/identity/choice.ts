/**
 * Chooses one of several identities. Loaded when a file has several identities or none.
 *
 * @module
 */
import { KeyFileError } from "../errors.ts";
import { describeKey } from "../keys/algorithms.ts";
import type { FoundCertificate, FoundKey } from "../keys/contents.ts";
import { computeFingerprint, formatName } from "../keys/names.ts";
import { showList, showText } from "../show.ts";

/** Private key and its certificate. */
interface Pair {
  readonly key: FoundKey;
  readonly leaf: FoundCertificate;
}

/** The longest name in a list, in characters. The fingerprint has to be readable after it. */
const MAX_NAME = 64;

/** Returns the pair with this friendly name or SHA-256 fingerprint, or the only pair. */
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
  const exact = alias === undefined
    ? named
    : named.filter(({ name, fingerprint }) =>
      name === alias || fingerprint.replaceAll(":", "") === wanted
    );
  // Java ignores the case of aliases, and writes them in lower case into its own keystores.
  const chosen = exact.length > 0
    ? exact
    : named.filter(({ name }) => name?.toLowerCase() === alias?.toLowerCase());
  const [only] = chosen;
  if (only !== undefined && chosen.length === 1) return only.pair;
  const list = showList(
    named.map(({ name = "", subject, fingerprint }) =>
      `"${showText(name, MAX_NAME)}" (${showText(subject, MAX_NAME)}, SHA-256 ${fingerprint})`
    ),
  );
  const problem = alias === undefined
    ? `it holds ${named.length} private keys and none was chosen`
    : `${chosen.length} of its private keys have the alias "${showText(alias)}"`;
  const message = `Cannot use ${file}: ${problem}: ${list}`;
  throw new KeyFileError("ambiguous_key", message, "ambiguous_key");
}

/** Returns the error for private keys without a matching certificate. */
export function keyMismatch(
  keys: readonly FoundKey[],
  certificates: readonly FoundCertificate[],
  file: string,
): KeyFileError {
  const types = showList(keys.map(({ key }) => describeKey(key.kind)));
  const subjects = showList(
    certificates.map(({ certificate }) => formatName(certificate.subject)),
    "; ",
  );
  const message = `Cannot use ${file}: no certificate belongs to the private key (${types}): ` +
    `the certificates are for ${subjects}`;
  return new KeyFileError("key_mismatch", message, "key_mismatch");
}
