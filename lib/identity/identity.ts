/**
 * From the files that a caller has to the one identity that a TLS handshake needs.
 *
 * @module
 */
import { Opening, type ReadOptions } from "../encryption/opening.ts";
import { KeyFileError, unsupported } from "../errors.ts";
import { describeKey, type KeyKind } from "../keys/algorithms.ts";
import type { FileContents, FoundCertificate, FoundKey } from "../keys/contents.ts";
import { writePem } from "../keys/pem.ts";
import type { Entry } from "./advice.ts";
import { buildChain, indexBySubject } from "./chain.ts";
import { withAdvice } from "./entry.ts";
import { type KeyEntry, readKeyFile } from "./key_file.ts";
import { findLeaf } from "./pairing.ts";
import { isUsualForm, writeTlsKey } from "./tls_key.ts";

/** Certificate and key, or one file with both (`pfx`), and how to open them. */
export interface KeyFiles extends ReadOptions {
  readonly cert?: FileContents | undefined;
  readonly key?: FileContents | undefined;
  readonly pfx?: FileContents | undefined;
  /** The identity to use if there are several: a friendly name, or a SHA-256 fingerprint. */
  readonly alias?: string | undefined;
}

/** What a TLS handshake needs, as PEM. */
export interface Identity {
  /** The leaf certificate, then its issuers, nearest first. */
  readonly cert: string;
  /** The leaf's private key, as unencrypted PKCS#8. */
  readonly key: string;
  readonly keyKind: KeyKind;
  /** True if key and certificate describe the key in the usual way. */
  readonly isUsual: boolean;
}

/** A private key and the certificate that belongs to it. */
export interface Pair {
  readonly key: FoundKey;
  readonly leaf: FoundCertificate;
}

/** All keys and certificates of the files. */
export interface Candidates {
  readonly certificates: readonly FoundCertificate[];
  readonly keys: readonly FoundKey[];
  /** The opening that pairing keys with certificates is charged to. */
  readonly opening: Opening;
}

/**
 * Loads the identity: the one private key whose certificate is there, proven to belong to it, and the
 * certificate's issuers. The format of each file is detected from its content.
 *
 * @param files The files, and how to open them. `alias` chooses among several identities: a friendly
 * name or a certificate's SHA-256 fingerprint
 * @param entry The function that was called, for the advice in errors
 * @throws {McFetchError} `wrong_passphrase`, `malformed_credentials`, `unsupported_algorithm`,
 * `limit_exceeded`, `no_private_key`, `no_certificate`, `key_mismatch` or `ambiguous_key`
 */
export async function loadIdentity(files: KeyFiles, entry: Entry = "fetch"): Promise<Identity> {
  return await withAdvice(entry, async () => {
    const candidates = await readCandidates(files);
    const { key, leaf } = await findPair(candidates, files.alias);
    const chain = buildChain(leaf.certificate, indexBySubject(candidates.certificates));
    const tlsKey = writeTlsKey(key.key, leaf.certificate, candidates.opening.file);
    return {
      cert: [leaf.certificate, ...chain].map(({ der }) => writePem("CERTIFICATE", der)).join(""),
      key: writePem("PRIVATE KEY", tlsKey),
      keyKind: key.key.kind,
      isUsual: isUsualForm(key.key, leaf.certificate),
    };
  });
}

/** Opens the files and reads all keys and certificates. */
export async function readCandidates(files: KeyFiles): Promise<Candidates> {
  const { cert, key, pfx } = files;
  if (pfx !== undefined) {
    const opening = new Opening("the PKCS#12 file", files);
    const { certificates, keys } = await readKeyFile(pfx, opening);
    return {
      certificates,
      keys: await decryptKeys(keys),
      opening: new Opening(opening.file, files),
    };
  }
  const fromCert = await readKeyFile(cert!, new Opening("the certificate file", files));
  const fromKey = cert === key
    ? fromCert
    : await readKeyFile(key!, new Opening("the key file", files));
  // A key beside the certificate counts only if the key file has none. Otherwise it stays encrypted.
  const keys = fromKey.keys.length > 0 ? fromKey.keys : fromCert.keys;
  const certificates = cert === key
    ? fromCert.certificates
    : [...fromCert.certificates, ...fromKey.certificates];
  const opening = new Opening("the credentials", files);
  return { certificates, keys: await decryptKeys(keys), opening };
}

function decryptKeys(keys: readonly KeyEntry[]): Promise<FoundKey[]> {
  return Promise.all(keys.map((decrypt) => decrypt()));
}

/** Finds the one private key that has a certificate, or the one that `alias` names. */
export async function findPair(candidates: Candidates, alias: string | undefined): Promise<Pair> {
  const { keys, certificates, opening } = candidates;
  if (keys.length === 0) throw missingPart("no_private_key", "private key", opening.file);
  if (certificates.length === 0) throw missingPart("no_certificate", "certificate", opening.file);
  const pairs = await findPairs(candidates);
  const [only] = pairs;
  if (only !== undefined && pairs.length === 1 && alias === undefined) return only;
  const { choosePair } = await import("./choice.ts");
  return await choosePair(pairs, alias, opening.file);
}

function missingPart(
  code: "no_private_key" | "no_certificate",
  what: string,
  file: string,
): KeyFileError {
  return new KeyFileError(code, `Cannot use ${file}: it holds no ${what}`, code);
}

/** Returns every key that has a certificate, once. */
async function findPairs({ keys, certificates, opening }: Candidates): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const unproven: FoundKey[] = [];
  for (const key of keys) {
    const { leaf, provable } = await findLeaf(key, certificates, opening);
    if (!provable) unproven.push(key);
    else if (leaf && !pairs.some((pair) => pair.leaf === leaf)) pairs.push({ key, leaf });
  }
  if (pairs.length > 0) return pairs;
  if (unproven[0] !== undefined) {
    const type = describeKey(unproven[0].key.kind);
    throw unsupported(
      opening.file,
      `TLS with a key of the type ${type} in this runtime`,
      "unusable_key",
    );
  }
  const { keyMismatch } = await import("./choice.ts");
  throw keyMismatch(keys, certificates, opening.file);
}
