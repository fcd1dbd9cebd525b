/**
 * Finds the private key to use, and its certificate.
 *
 * @module
 */
import { toKey } from "../crypto/bytes.ts";
import type { Opening } from "../encryption/opening.ts";
import { KeyFileError, unsupported } from "../errors.ts";
import { describeKey } from "../keys/algorithms.ts";
import type { FoundCertificate, FoundKey } from "../keys/contents.ts";
import type { Kind } from "./foreign.ts";
import {
  findLeaves,
  type FoundLeaves,
  indexByPublicKey,
  type Pair,
  type PairGroup,
} from "./pairing.ts";

/** Keys and certificates of all files. */
export interface Candidates {
  readonly certificates: readonly FoundCertificate[];
  readonly keys: readonly FoundKey[];
  /** The opening that pays for the pairing of keys and certificates. */
  readonly opening: Opening;
  /** The certificates of the certificate file, if they have an order. */
  readonly ordered?: readonly FoundCertificate[];
  /** The parts of the files that are not understood, in words. */
  readonly unread: readonly string[];
  /** The kinds of the parts that are understood and of no use here. */
  readonly others: readonly Kind[];
}

/**
 * Finds the only private key with a certificate, or the private key that `alias` names.
 *
 * @throws {McFetchError} `unsupported_algorithm` if this runtime cannot verify and use the key
 */
export async function findPair(candidates: Candidates, alias: string | undefined): Promise<Pair> {
  const pair = await selectPair(candidates, alias, new Date());
  if (!pair.canVerify) throw unusableKey(pair.key, candidates.opening.file);
  return pair;
}

/**
 * Selects the pair as {@linkcode findPair}, also if this runtime cannot verify and use the key.
 *
 * @param now The time at which the certificate should be valid
 */
export async function selectPair(
  candidates: Candidates,
  alias: string | undefined,
  now: Date,
): Promise<Pair> {
  try {
    return await selectGroup(candidates, alias, now);
  } catch (error) {
    if (candidates.unread.length + candidates.others.length === 0) throw error;
    const { addUnread } = await import("./unread.ts");
    throw addUnread(error, candidates);
  }
}

async function selectGroup(
  candidates: Candidates,
  alias: string | undefined,
  now: Date,
): Promise<Pair> {
  const { keys, certificates, opening } = candidates;
  if (keys.length === 0) throw missingPart("no_private_key", "private key", opening.file);
  if (certificates.length === 0) throw missingPart("no_certificate", "certificate", opening.file);
  const groups = await findGroups(candidates, now);
  const usable = groups.filter(({ canVerify }) => canVerify);
  const chosen = usable.length > 0 && alias === undefined ? usable : groups;
  const [only] = chosen;
  const leaf = only?.leaves[0];
  if (only !== undefined && leaf !== undefined && chosen.length === 1 && alias === undefined) {
    return { key: only.keys[0], leaf, canVerify: only.canVerify };
  }
  const { choosePair } = await import("./choice.ts");
  return await choosePair(chosen, alias, opening.file);
}

/** Returns the error for a key of a type that this runtime cannot verify and use. */
function unusableKey({ key }: FoundKey, file: string): KeyFileError {
  const type = describeKey(key.kind);
  return unsupported(file, `TLS with a key of the type ${type} in this runtime`, "unusable_key");
}

function missingPart(
  code: "no_private_key" | "no_certificate",
  what: string,
  file: string,
): KeyFileError {
  return new KeyFileError(code, `Cannot use ${file}: it holds no ${what}`, code);
}

/** Returns each private key that has a certificate. Keys with the same certificates are one key. */
async function findGroups(
  { keys, certificates, opening }: Candidates,
  now: Date,
): Promise<PairGroup[]> {
  const index = await indexByPublicKey(certificates, now);
  const groups = new Map<FoundCertificate, PairGroup>();
  const byKey = new Map<string, FoundLeaves>(); // equal keys are proven once
  let unusable: FoundKey | undefined;
  for (const key of keys) {
    const name = toKey(key.key.der);
    const found = byKey.get(name) ?? await findLeaves(key, index, opening);
    byKey.set(name, found);
    await opening.takeTurn();
    const [leaf] = found.leaves;
    if (!found.canVerify) unusable ??= key;
    if (leaf === undefined) continue;
    const others = groups.get(leaf)?.keys ?? [];
    groups.set(leaf, { ...found, keys: [...others, key] as [FoundKey, ...FoundKey[]] });
  }
  if (groups.size > 0) return [...groups.values()];
  if (unusable) throw unusableKey(unusable, opening.file);
  const { keyMismatch } = await import("./choice.ts");
  throw keyMismatch(keys, certificates, opening.file);
}
