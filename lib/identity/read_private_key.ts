/**
 * Private key files: PEM or DER, encrypted or not.
 *
 * @module
 */
import type { KeyFile } from "../keys/contents.ts";
import { McFetchError } from "../errors.ts";
import { foreignLabel, type Kind, kindOf, notThis } from "./kinds.ts";
import { isEncryptedBlock, type PemBlock, readPem, textOrBytes, writePem } from "../keys/pem.ts";
import { Budget, type KeyFileOptions } from "../encryption/limits.ts";
import {
  fromDsa,
  fromPkcs1,
  fromSec1,
  type PrivateKey,
  readPrivateKeyInfo,
} from "../keys/pkcs8.ts";
import { malformed } from "../errors.ts";

/** A private key that was read. */
export interface PrivateKeyContents {
  /** The private key, as PKCS#8 PEM, not encrypted. */
  readonly pem: string;
  /** Its kind with size or curve, such as "RSA 2048", "EC P-256" or "Ed25519". */
  readonly type: string;
}

/**
 * Reads a private key in any of the usual forms: PKCS#8, encrypted PKCS#8, PKCS#1, SEC 1, and the form with a
 * `DEK-Info` line that `openssl genrsa` wrote; as PEM or DER. Of a PEM file with several blocks, the first
 * private key.
 *
 * @param pemOrDer The file
 * @param passphrase The key's passphrase, if it is encrypted
 * @param options Bounds
 * @returns The key as unencrypted PKCS#8, and its type
 * @throws {McFetchError} `wrong_password`, `malformed_credentials`, `no_private_key`, `unsupported_algorithm` or
 * `limit_exceeded`
 *
 * @example Take the passphrase off
 * ```ts no-assert
 * import { readPrivateKey } from "@acme/mc-mtls";
 *
 * const { pem, type } = await readPrivateKey(await Deno.readTextFile("client.key"), "keypassword");
 * console.log(type, pem.length);
 * ```
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5958} Asymmetric Key Packages (PKCS #8)
 */
export async function readPrivateKey(
  pemOrDer: KeyFile,
  passphrase?: string,
  options: KeyFileOptions = {},
): Promise<PrivateKeyContents> {
  const budget = new Budget("the private key", options);
  const input = textOrBytes(pemOrDer, budget.file, budget.maxBytes);
  const key = "text" in input
    ? await firstKey(input.text, passphrase, budget)
    : await keyFromDer(input.bytes, passphrase, budget);
  return { pem: writePem("PRIVATE KEY", key.der), type: key.type };
}

async function firstKey(
  text: string,
  passphrase: string | undefined,
  budget: Budget,
): Promise<PrivateKey> {
  const blocks = readPem(text, budget.file);
  const block = blocks.find(isPrivateKeyBlock);
  if (block) return await keyFromPem(block, passphrase, budget);
  if (blocks.length === 0) {
    throw notThis(budget.file, "private key", kindOf(text));
  }
  throw noPrivateKey(budget.file, blocks.map(({ label }) => label), foreignLabel(blocks[0]!.label));
}

/** Files that go with a private key and are mistaken for it; other kinds are malformed as one. */
const WITHOUT_KEY: ReadonlySet<Kind | undefined> = new Set<Kind>([
  "public key",
  "certificate",
  "certificate request",
  "PKCS#7",
]);

function noPrivateKey(file: string, labels: readonly string[], kind: Kind | undefined): Error {
  if (kind && !WITHOUT_KEY.has(kind)) return notThis(file, "private key", kind);
  return new McFetchError(
    "no_private_key",
    `Cannot open ${file}: it holds no private key but ${[...new Set(labels)].join(", ")}; ` +
      "pass the file that was made together with it and says PRIVATE KEY",
  );
}

/** What each form of private key is read by, once it is not encrypted. */
const FORMS: Readonly<
  Partial<Record<Kind, (der: Uint8Array, file: string) => PrivateKey>>
> = {
  "private key": readPrivateKeyInfo,
  "RSA private key": fromPkcs1,
  "EC private key": fromSec1,
  "DSA private key": fromDsa,
};

const LABELS: ReadonlySet<string> = new Set([
  "PRIVATE KEY",
  "ENCRYPTED PRIVATE KEY",
  "RSA PRIVATE KEY",
  "EC PRIVATE KEY",
  "DSA PRIVATE KEY",
  "ANY PRIVATE KEY",
]);

/** Whether a PEM block is a private key of a form that is read here. */
export function isPrivateKeyBlock(block: PemBlock): boolean {
  return LABELS.has(block.label);
}

/** The private key of a PEM block. */
export async function keyFromPem(
  block: PemBlock,
  passphrase: string | undefined,
  budget: Budget,
): Promise<PrivateKey> {
  const der = isEncryptedBlock(block)
    ? await (await import("../keys/pem_encryption.ts")).decryptBlock(block, passphrase, budget)
    : block.bytes;
  return await keyFromDer(der, passphrase, budget);
}

/** The private key of a binary file. */
export async function keyFromDer(
  der: Uint8Array,
  passphrase: string | undefined,
  budget: Budget,
): Promise<PrivateKey> {
  const kind = kindOf(der);
  if (kind === "encrypted private key") {
    const { decryptKey } = await import("../keys/encrypted_key.ts");
    return await decryptKey(der, passphrase, budget);
  }
  const read = kind && FORMS[kind];
  if (read) return read(der, budget.file);
  if (kind && WITHOUT_KEY.has(kind)) {
    throw noPrivateKey(budget.file, [`a ${kind}`], kind);
  }
  throw kind
    ? notThis(budget.file, "private key", kind)
    : malformed(budget.file, "it is no private key");
}
