/**
 * `readPrivateKey`: reads private key files for other uses than a request.
 *
 * @module
 */
import { Opening, type ReadOptions } from "../encryption/opening.ts";
import { describeKey } from "../keys/algorithms.ts";
import type { FileContents } from "../keys/contents.ts";
import { writePem } from "../keys/pem.ts";
import type { PrivateKey } from "../keys/pkcs8.ts";
import { copyFile } from "./arguments.ts";
import { withAdvice } from "./entry.ts";
import { detectDerKind } from "./kinds.ts";
import { isPrivateKeyBlock, missingPrivateKey, readDerKey, readPemKey } from "./private_key.ts";
import { copyReadOptions } from "./read_options.ts";
import { readShape } from "./shape.ts";
import type { PemShape } from "./usual_shape.ts";

/** Contents of a private key file. */
export interface PrivateKeyContents {
  /** The private key, as PKCS#8 PEM, not encrypted. */
  readonly key: string;
  /** The kind of the key with its size or curve, such as "RSA 2048", "EC P-256" or "Ed25519". */
  readonly keyType: string;
}

const ACTION = "read the private key";
const WANTED = "private key";

/**
 * Reads a private key as PEM or DER: PKCS#8, encrypted PKCS#8, PKCS#1, SEC 1, and the format with a
 * `DEK-Info` line of `openssl genrsa`. If a PEM file has several private keys, reads the first.
 *
 * @param file The text or the bytes of the file
 * @param options The key's passphrase, and limits
 * @returns The key as unencrypted PKCS#8, and its type
 * @throws {McFetchError} `wrong_passphrase`, `malformed_credentials`, `no_private_key`,
 * `unsupported_algorithm` or `limit_exceeded`; `invalid_argument` if `file` is missing or an option
 * is unknown
 *
 * @example Decrypt a key
 * ```ts no-eval
 * import { readFile } from "node:fs/promises";
 * import { readPrivateKey } from "@acme/mc-mtls";
 *
 * const file = await readFile("client.key");
 * const { key, keyType } = await readPrivateKey(file, { passphrase: "keypassword" });
 * console.log(keyType, key.length);
 * ```
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5958} Asymmetric Key Packages (PKCS #8)
 */
export async function readPrivateKey(
  file: FileContents,
  options: Omit<ReadOptions, "keyPassphrase"> = {},
): Promise<PrivateKeyContents> {
  const given = copyReadOptions(ACTION, options, ["passphrase", "limits"]);
  const copy = copyFile(ACTION, "file", file);
  return await withAdvice("readPrivateKey", async () => {
    const opening = new Opening("the private key", given);
    const shape = await readShape(copy, opening, WANTED);
    const key = "bytes" in shape
      ? await readDerKey(shape.bytes, opening)
      : await readFirstKey(shape, opening);
    return { key: writePem("PRIVATE KEY", key.der), keyType: describeKey(key.kind) };
  });
}

async function readFirstKey({ blocks, unread }: PemShape, opening: Opening): Promise<PrivateKey> {
  const block = blocks.find(isPrivateKeyBlock) ??
    // certutil of Windows writes any file as a CERTIFICATE.
    blocks.find(({ bytes }) => detectDerKind(bytes)?.endsWith(WANTED));
  if (block) return await readPemKey(block, opening);
  const { findLabelKind } = await import("./foreign.ts");
  const [first] = blocks;
  if (first === undefined) {
    const { describeNothing } = await import("./unread.ts");
    throw describeNothing(opening.file, WANTED, { unread, others: [] });
  }
  const labels = [...new Set(blocks.map(({ label }) => label))].join(", ");
  throw await missingPrivateKey(opening.file, findLabelKind(first.label), labels);
}
