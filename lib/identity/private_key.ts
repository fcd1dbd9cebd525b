/**
 * Reads private keys of any format, encrypted or not: PKCS#8, PKCS#1, SEC 1, and OpenSSL's DSA and
 * DEK-Info.
 *
 * @module
 */
import type { Opening } from "../encryption/opening.ts";
import { KeyFileError, malformed } from "../errors.ts";
import type { PemBlock } from "../keys/pem.ts";
import {
  type PrivateKey,
  readOpenSslDsa,
  readPkcs1,
  readPrivateKeyInfo,
  readSec1,
} from "../keys/pkcs8.ts";
import type { Kind } from "./foreign.ts";
import { type DerKind, detectDerKind } from "./kinds.ts";
import { PRIVATE_KEY_LABELS } from "./supported_labels.ts";

/** The reader of each format of private key that is not encrypted. */
const READERS: Readonly<
  Partial<Record<DerKind, (der: Uint8Array, file: string) => Promise<PrivateKey>>>
> = {
  "private key": readPrivateKeyInfo,
  "RSA private key": readPkcs1,
  "EC private key": readSec1,
  "DSA private key": readOpenSslDsa,
};

/** Files that people mistake for the private key. */
const WITHOUT_KEY: ReadonlySet<Kind> = new Set<Kind>([
  "public key",
  "certificate",
  "certificate request",
  "PKCS#7",
]);

/** True if a PEM block is a private key of a supported format. */
export function isPrivateKeyBlock(block: PemBlock): boolean {
  return PRIVATE_KEY_LABELS.has(block.label);
}

/** Reads the private key of a PEM block. */
export async function readPemKey(block: PemBlock, opening: Opening): Promise<PrivateKey> {
  const hasHeaders = block.body !== undefined || block.headers.size > 0;
  if (!hasHeaders) return await readDerKey(block.bytes, opening);
  const { decryptPemBlock } = await import("../keys/pem_encryption.ts");
  return await readDerKey(await decryptPemBlock(block, opening), opening);
}

/** Reads the private key of a binary file. */
export async function readDerKey(der: Uint8Array, opening: Opening): Promise<PrivateKey> {
  const kind = detectDerKind(der);
  if (kind === "encrypted private key") {
    const { decryptPrivateKey } = await import("../keys/encrypted_key.ts");
    return await decryptPrivateKey(der, opening);
  }
  const read = kind && READERS[kind];
  if (read) return await read(der, opening.file);
  const { detectKind } = await import("./foreign.ts");
  throw await missingPrivateKey(opening.file, detectKind(der));
}

/**
 * Returns the error for a file without a private key.
 *
 * @param file The file's name in messages
 * @param kind The kind of the file
 * @param contents The contents of the file in messages, if `kind` does not describe them
 */
export async function missingPrivateKey(
  file: string,
  kind: Kind | undefined,
  contents?: string,
): Promise<KeyFileError> {
  if (kind === undefined && contents === undefined) {
    return malformed(file, "it is not a private key");
  }
  if (kind !== undefined && !WITHOUT_KEY.has(kind)) {
    return (await import("./foreign.ts")).wrongKind(file, "private key", kind);
  }
  const message = `Cannot open ${file}: it holds no private key but ${contents ?? `a ${kind}`}`;
  return new KeyFileError("no_private_key", message, "no_private_key");
}
