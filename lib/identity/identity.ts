/**
 * Loads the identity for a TLS handshake from the caller's files.
 *
 * @module
 */
import { removeCopies, toKey } from "../crypto/bytes.ts";
import { Opening, type ReadOptions } from "../encryption/opening.ts";
import { invalidArgument } from "../errors.ts";
import type { KeyKind } from "../keys/algorithms.ts";
import { type Attributes, type FileContents, isJavaKeystore } from "../keys/contents.ts";
import { writePem } from "../keys/pem.ts";
import type { Certificate } from "../keys/x509.ts";
import type { Entry } from "./advice.ts";
import { buildChain, indexBySubject } from "./chain.ts";
import { withAdvice } from "./entry.ts";
import { type Contents, type KeyEntry, mergeContents } from "./file_parts.ts";
import { type Candidates, findPair } from "./find_pair.ts";
import { readKeyFile } from "./key_file.ts";
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
