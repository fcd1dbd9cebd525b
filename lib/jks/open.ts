/**
 * Opens a Java keystore: verifies the digest, then reads the certificates, and the keys when they
 * are needed.
 *
 * @module
 */
import { concat, encodeUtf16, equalInConstantTime } from "../crypto/bytes.ts";
import type { Opening } from "../encryption/opening.ts";
import { mergePasswords, type Passwords } from "../encryption/passwords.ts";
import { decrypt } from "../encryption/scheme.ts";
import { KeyFileError, type OtherCause, wrongPassphrase } from "../errors.ts";
import type { FoundCertificate, FoundKey } from "../keys/contents.ts";
import { computeFingerprint } from "../keys/names.ts";
import { readPrivateKeyInfo } from "../keys/pkcs8.ts";
import { readCertificate } from "../keys/x509.ts";
import { type Entry, type PrivateKeyEntry, readKeystore } from "./keystore.ts";

/** Keys and certificates of a keystore, in the order of the file. */
interface KeystoreContents {
  /** Functions that decrypt the private keys. */
  readonly keys: readonly (() => Promise<FoundKey>)[];
  readonly certificates: readonly FoundCertificate[];
}

/** The middle of the digest's input, in every keystore. */
const WHITENER = new TextEncoder().encode("Mighty Aphrodite");

/**
 * Opens a keystore of the type JKS or JCEKS. Secret keys are skipped.
 *
 * @param bytes The file
 * @param opening The opening of the file
 * @param alias The chosen identity. Each private key may have a passphrase of its own, so the keys
 * of the other entries stay encrypted
 */
export async function openKeystore(
  bytes: Uint8Array,
  opening: Opening,
  alias?: string,
): Promise<KeystoreContents> {
  const { passphrase, keyPassphrase } = opening;
  const { entries, content, digest } = await readKeystore(bytes, opening);
  await verifyDigest(digest, content, opening);
  const passwords = keyPassphrase === undefined
    ? encodePassphrase(passphrase)
    : mergePasswords(encodePassphrase(keyPassphrase), encodePassphrase(passphrase));
  if (entries.length > 0 && entries.every(({ kind }) => kind === "secret key")) {
    const problem = "it holds no private key but secret keys, which TLS does not use";
    const message = `Cannot use ${opening.file}: ${problem}`;
    throw new KeyFileError("no_private_key", message, "no_private_key");
  }
  const certificates: FoundCertificate[][] = [];
  for (const [i, entry] of entries.entries()) {
    certificates.push(readCertificates(entry, i, opening));
    await opening.takeTurn();
  }
  const chosen = await selectKeys(entries, certificates, alias);
  const cause = chosen.length > 1
    ? "several key passphrases"
    : keyPassphrase === undefined
    ? "other key passphrase"
    : "";
  const keys = chosen.map(([entry, i]) => () => openKey(entry, i, passwords, cause, opening));
  return { keys, certificates: certificates.flat() };
}

/** Returns the bytes of a passphrase: UTF-16 in JKS, and in JCEKS ASCII, which Java demands. */
function encodePassphrase(passphrase: string | undefined): Passwords {
  const text = passphrase ?? "";
  return {
    given: passphrase !== undefined,
    bmp: [encodeUtf16(text)],
    utf8: [new TextEncoder().encode(text)],
  };
}

/**
 * Verifies the digest over everything else in the file: SHA-1(passphrase || "Mighty Aphrodite" ||
 * content). Without a passphrase it cannot be verified. Java then reads the certificates all the
 * same, and so does this function: many programs open trust stores without a passphrase.
 */
async function verifyDigest(
  digest: Uint8Array,
  content: Uint8Array,
  { passphrase, file }: Opening,
): Promise<void> {
  if (passphrase === undefined) return;
  const input = concat([encodeUtf16(passphrase), WHITENER, content]);
  const computed = new Uint8Array(await crypto.subtle.digest("SHA-1", input));
  if (!equalInConstantTime(computed, digest)) throw wrongPassphrase(file, true, "file changed");
}

/** Reads the certificates of an entry. Its name and its number are those of the leaf. */
function readCertificates(entry: Entry, i: number, { file }: Opening): FoundCertificate[] {
  if (entry.kind === "secret key") return [];
  const friendlyName = entry.alias;
  if (entry.kind === "certificate") {
    return [{ certificate: readCertificate(entry.certificate, file), friendlyName }];
  }
  return entry.chain.map((der, place) => ({
    certificate: readCertificate(der, file),
    ...place === 0 && { friendlyName, localKeyId: numberEntry(i) },
  }));
}

type NumberedKey = readonly [PrivateKeyEntry, number];

/** Returns the private keys that `alias` names, or all if it names none. */
async function selectKeys(
  entries: readonly Entry[],
  certificates: readonly (readonly FoundCertificate[])[],
  alias: string | undefined,
): Promise<NumberedKey[]> {
  const keys = entries.map((entry, i) => [entry, i] as const)
    .filter((numbered): numbered is NumberedKey => numbered[0].kind === "private key");
  if (alias === undefined) return keys;
  const wanted = alias.replaceAll(":", "").toUpperCase();
  const named: NumberedKey[] = [];
  for (const key of keys) {
    const [{ alias: name }, i] = key;
    const leaf = certificates[i]?.[0];
    const fingerprint = leaf && await computeFingerprint(leaf.certificate);
    const isNamed = name.toLowerCase() === alias.toLowerCase();
    if (isNamed || fingerprint?.replaceAll(":", "") === wanted) named.push(key);
  }
  return named.length > 0 ? named : keys;
}

async function openKey(
  { alias, encrypted }: PrivateKeyEntry,
  i: number,
  passwords: Passwords,
  cause: OtherCause,
  opening: Opening,
): Promise<FoundKey> {
  opening.spend(encrypted.scheme.rounds);
  const info = await decrypt(encrypted, passwords, opening, undefined, cause);
  const key = await readPrivateKeyInfo(info, opening.file);
  return { key, friendlyName: alias, localKeyId: numberEntry(i) };
}

function numberEntry(i: number): Uint8Array {
  return Uint8Array.of(i >> 8, i);
}
