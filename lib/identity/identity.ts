/**
 * Loads the identity for a TLS handshake from the caller's files.
 *
 * @module
 */
import { removeCopies, toKey } from "../crypto/bytes.ts";
import { Opening, type ReadOptions } from "../encryption/opening.ts";
import { invalidArgument, KeyFileError, unsupported } from "../errors.ts";
import { describeKey, type KeyKind } from "../keys/algorithms.ts";
import {
  type Attributes,
  type FileContents,
  type FoundCertificate,
  type FoundKey,
  isJavaKeystore,
} from "../keys/contents.ts";
import { writePem } from "../keys/pem.ts";
import type { Certificate } from "../keys/x509.ts";
import type { Entry } from "./advice.ts";
import { buildChain, indexBySubject } from "./chain.ts";
import { withAdvice } from "./entry.ts";
import { type Contents, type KeyEntry, mergeContents } from "./file_parts.ts";
import type { Kind } from "./foreign.ts";
import { readKeyFile } from "./key_file.ts";
import {
  findLeaves,
  type FoundLeaves,
  indexByPublicKey,
  type Pair,
  type PairGroup,
} from "./pairing.ts";
import { isUsualForm, writeTlsKey } from "./tls_key.ts";

/** Certificate and key, or one file with both (`pfx`), with passphrases and limits. */
export interface KeyFiles extends ReadOptions {
  readonly cert?: FileContents | undefined;
  readonly key?: FileContents | undefined;
  readonly pfx?: FileContents | undefined;
  /** The identity to use if there are several: a friendly name, or a SHA-256 fingerprint. */
  readonly alias?: string | undefined;
}

/** Identity for a TLS handshake, as PEM. */
export interface Identity {
  /** The leaf certificate, then its issuers, nearest first. */
  readonly cert: string;
  /** The leaf's private key, as unencrypted PKCS#8. */
  readonly key: string;
  readonly keyKind: KeyKind;
  /** True if key and certificate describe the key in the usual way. */
  readonly isUsual: boolean;
}

/** Identity with its certificates as structures. */
interface SelectedIdentity {
  readonly leaf: Certificate;
  /** The issuers of the leaf, nearest first. */
  readonly chain: readonly Certificate[];
  /** PrivateKeyInfo. */
  readonly privateKeyInfo: Uint8Array;
  readonly keyKind: KeyKind;
  readonly isUsual: boolean;
}

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
 * Loads the identity: finds the private key that has a matching certificate, verifies the match,
 * and builds the chain. The format of each file is detected from its content.
 *
 * @param files The files, with passphrases and limits
 * @param entry The called function, for the advice in errors
 * @throws {McFetchError} `wrong_passphrase`, `malformed_credentials`, `unsupported_algorithm`,
 * `limit_exceeded`, `no_private_key`, `no_certificate`, `key_mismatch` or `ambiguous_key`
 */
export async function loadIdentity(files: KeyFiles, entry: Entry = "fetch"): Promise<Identity> {
  const { leaf, chain, privateKeyInfo, keyKind, isUsual } = await withAdvice(
    entry,
    () => selectIdentity(files),
  );
  return {
    cert: [leaf, ...chain].map(({ der }) => writePem("CERTIFICATE", der)).join(""),
    key: writePem("PRIVATE KEY", privateKeyInfo),
    keyKind,
    isUsual,
  };
}

/** Selects the identity of the files, as {@linkcode loadIdentity}, without advice in errors. */
export async function selectIdentity(files: KeyFiles): Promise<SelectedIdentity> {
  const candidates = await readCandidates(files);
  const { key: { key }, leaf: { certificate } } = await findPair(candidates, files.alias);
  return {
    leaf: certificate,
    chain: await buildChain(certificate, indexBySubject(candidates.certificates)),
    privateKeyInfo: writeTlsKey(key, certificate, candidates.opening.file),
    keyKind: key.kind,
    isUsual: await isUsualForm(key, certificate),
  };
}

/** Opens the files and reads their keys and certificates. */
export async function readCandidates(files: KeyFiles): Promise<Candidates> {
  const { cert, key, pfx, alias } = files;
  if (pfx !== undefined) {
    const name = isJavaKeystore(pfx) ? "the Java keystore" : "the PKCS#12 file";
    const opening = new Opening(name, files);
    const contents = await readKeyFile(pfx, opening, alias);
    return await decryptCandidates(contents, contents.keys, new Opening(opening.file, files));
  }
  if (cert === undefined || key === undefined) {
    throw invalidArgument("use the credentials", "cert and key must both be present");
  }
  const fromCert = await readKeyFile(cert, new Opening("the certificate file", files), alias);
  const fromKey = cert === key
    ? fromCert
    : await readKeyFile(key, new Opening("the key file", files), alias);
  // A key in the certificate file is used only if the key file has none. Otherwise it stays
  // encrypted.
  const keys = fromKey.keys.length > 0 ? fromKey.keys : fromCert.keys;
  const parts = cert === key ? [fromCert] : [fromCert, fromKey];
  const candidates = await decryptCandidates(
    mergeContents(parts),
    keys,
    new Opening("the credentials", files),
  );
  return { ...candidates, ...fromCert.isOrdered && { ordered: fromCert.certificates } };
}

/** Decrypts the keys. Of equal keys and of equal certificates, one is looked at. */
async function decryptCandidates(
  { certificates, unread, others }: Contents,
  entries: readonly KeyEntry[],
  opening: Opening,
): Promise<Candidates> {
  const keys = await opening.readAll(entries, (decrypt) => decrypt());
  return {
    unread,
    others,
    certificates: removeCopies(certificates, (it) => nameEntry(it, it.certificate.der)),
    keys: removeCopies(keys, (it) => nameEntry(it, it.key.der)),
    opening,
  };
}

/** Tells entries apart. Equal contents may have several names, by which an `alias` chooses. */
function nameEntry({ friendlyName, localKeyId }: Attributes, der: Uint8Array): string {
  return `${friendlyName}\n${localKeyId && toKey(localKeyId)}\n${toKey(der)}`;
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
