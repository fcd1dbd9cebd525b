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
import { type Pair, type PairGroup, selectLeaf } from "./pairing.ts";

/** Leaf with its names. */
interface NamedLeaf {
  readonly leaf: FoundCertificate;
  readonly fingerprint: string;
}

/** The longest name in a list, in characters. The fingerprint has to be readable after it. */
const MAX_NAME = 64;

/** Returns the pair with this friendly name or SHA-256 fingerprint, or the only pair. */
export async function choosePair(
  groups: readonly PairGroup[],
  alias: string | undefined,
  file: string,
): Promise<Pair> {
  const named = await Promise.all(groups.map(async (group) => ({
    group,
    leaves: await Promise.all(group.leaves.map(nameLeaf)),
  })));
  const find = (isName: (name: string | undefined) => boolean, digits = "") =>
    named.flatMap(({ group, leaves }) => findNamed(group, leaves, isName, digits) ?? []);
  const exact = alias === undefined
    ? []
    : find((name) => name === alias, alias.replaceAll(":", "").toUpperCase());
  // Java ignores the case of aliases, and writes them in lower case into its own keystores.
  const pairs = alias === undefined || exact.length > 0
    ? exact
    : find((name) => name?.toLowerCase() === alias.toLowerCase());
  const [only] = pairs;
  if (only !== undefined && pairs.length === 1) return only;
  const list = showList(
    named.flatMap(({ group: { keys: [key] }, leaves }) =>
      leaves.map(({ leaf, fingerprint }) => {
        const name = key.friendlyName ?? leaf.friendlyName ?? "";
        const subject = formatName(leaf.certificate.subject);
        return `"${showText(name, MAX_NAME)}" (${
          showText(subject, MAX_NAME)
        }, SHA-256 ${fingerprint})`;
      })
    ),
  );
  const problem = alias === undefined
    ? `it holds ${named.length} private keys and none was chosen`
    : `${pairs.length} of its private keys have the alias "${showText(alias)}"`;
  const message = `Cannot use ${file}: ${problem}: ${list}`;
  throw new KeyFileError("ambiguous_key", message, "ambiguous_key");
}

async function nameLeaf(leaf: FoundCertificate): Promise<NamedLeaf> {
  return { leaf, fingerprint: await computeFingerprint(leaf.certificate) };
}

/** Finds the key and the certificate of a group that an alias names. */
function findNamed(
  { keys, leaves, canVerify }: PairGroup,
  named: readonly NamedLeaf[],
  isName: (name: string | undefined) => boolean,
  digits: string,
): Pair | undefined {
  const leaf = named.find(({ fingerprint }) => fingerprint.replaceAll(":", "") === digits)?.leaf;
  if (leaf) return { key: keys[0], leaf, canVerify };
  const key = keys.find(({ friendlyName }) => isName(friendlyName));
  const selected = key && selectLeaf(key, keys.length > 1, leaves);
  if (key && selected) return { key, leaf: selected, canVerify };
  const own = leaves.find(({ friendlyName }) => isName(friendlyName));
  const unnamed = keys.find(({ friendlyName }) => friendlyName === undefined);
  return own && unnamed && { key: unnamed, leaf: own, canVerify };
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
