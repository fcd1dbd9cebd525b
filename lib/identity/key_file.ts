/**
 * The keys and certificates of a file of any kind.
 *
 * @module
 */
import type { FoundCertificate, FoundKey, KeyFile } from "../keys/contents.ts";
import { foreignLabel, type Kind, kindOf, notThis } from "./kinds.ts";
import { type PemBlock, readPem, textOrBytes } from "../keys/pem.ts";
import type { Budget, Pkcs12Options } from "../encryption/limits.ts";
import { readPkcs7 } from "../keys/pkcs7.ts";
import { isPrivateKeyBlock, keyFromDer, keyFromPem } from "./read_private_key.ts";
import { type Certificate, readCertificate } from "../keys/x509.ts";

/** A private key that is decrypted when it is asked for. */
export type KeyEntry = () => Promise<FoundKey>;

/** What a file holds. */
export interface Contents {
  readonly certificates: readonly FoundCertificate[];
  readonly keys: readonly KeyEntry[];
}

/**
 * Reads a file of whatever kind it is.
 *
 * @param input The file
 * @param passphrase The passphrase of what is encrypted in it
 * @param options The passphrase of the keys where it is not the file's own
 * @param budget What the file may cost
 */
export async function readKeyFile(
  input: KeyFile,
  passphrase: string | undefined,
  options: Pkcs12Options,
  budget: Budget,
): Promise<Contents> {
  const found = textOrBytes(input, budget.file, budget.maxBytes);
  if ("bytes" in found) {
    return await readBinary(found.bytes, passphrase, options, budget);
  }
  const blocks = readPem(found.text, budget.file);
  if (blocks.length === 0) {
    throw notThis(budget.file, WANTED, kindOf(found.text));
  }
  const parts = await Promise.all(
    blocks.map((block) => readBlock(block, passphrase, options, budget)),
  );
  const certificates = parts.flatMap((part) => part.certificates);
  const keys = parts.flatMap((part) => part.keys);
  if (certificates.length + keys.length > 0) return { certificates, keys };
  const foreign = blocks.map(({ label }) => foreignLabel(label)).find((kind) => kind);
  throw notThis(budget.file, WANTED, foreign);
}

const WANTED = "certificate or private key";
const NOTHING: Contents = { certificates: [], keys: [] };

/** RFC 7468 sections 5 and 8, and the labels that OpenSSL has used. */
const CERTIFICATE_LABELS: ReadonlySet<string> = new Set([
  "CERTIFICATE",
  "X509 CERTIFICATE",
  "TRUSTED CERTIFICATE",
]);
const BINARY_LABELS: ReadonlySet<string> = new Set(["PKCS7", "CMS", "PKCS12"]);

/** Blocks of other things (parameters, requests, comments) are passed over. */
async function readBlock(
  block: PemBlock,
  passphrase: string | undefined,
  options: Pkcs12Options,
  budget: Budget,
): Promise<Contents> {
  if (isPrivateKeyBlock(block)) {
    return {
      certificates: [],
      keys: [async () => ({ key: await keyFromPem(block, passphrase, budget) })],
    };
  }
  if (CERTIFICATE_LABELS.has(block.label)) {
    // some authorities put a PKCS#7 bundle behind this label
    if (kindOf(block.bytes) === "PKCS#7") {
      return only(readPkcs7(block.bytes, budget.file));
    }
    return only([readCertificate(block.bytes, budget.file)]);
  }
  if (BINARY_LABELS.has(block.label)) {
    return await readBinary(block.bytes, passphrase, options, budget);
  }
  return NOTHING;
}

const PRIVATE_KEYS: ReadonlySet<Kind | undefined> = new Set<Kind>([
  "private key",
  "encrypted private key",
  "RSA private key",
  "EC private key",
  "DSA private key",
]);

async function readBinary(
  bytes: Uint8Array,
  passphrase: string | undefined,
  options: Pkcs12Options,
  budget: Budget,
): Promise<Contents> {
  const kind = kindOf(bytes);
  if (kind === "PKCS#12") {
    const { openPfx } = await import("../pkcs12/open.ts");
    const { certificates, keys } = await openPfx(bytes, passphrase, options.keyPassphrase, budget);
    return {
      certificates,
      keys: keys.map((key) => () => Promise.resolve(key)),
    };
  }
  if (kind === "certificate") {
    return only([readCertificate(bytes, budget.file)]);
  }
  if (kind === "PKCS#7") return only(readPkcs7(bytes, budget.file));
  if (PRIVATE_KEYS.has(kind)) {
    return {
      certificates: [],
      keys: [async () => ({ key: await keyFromDer(bytes, passphrase, budget) })],
    };
  }
  throw notThis(budget.file, WANTED, kind);
}

function only(certificates: readonly Certificate[]): Contents {
  return {
    certificates: certificates.map((certificate) => ({ certificate })),
    keys: [],
  };
}
