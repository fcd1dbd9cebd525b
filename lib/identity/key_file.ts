/**
 * Reads the keys and certificates of a file of any kind.
 *
 * @module
 */
import type { Opening } from "../encryption/opening.ts";
import {
  type FileContents,
  type FoundCertificate,
  type FoundKey,
  isJavaKeystore,
} from "../keys/contents.ts";
import { detectText, type PemBlock, readPem } from "../keys/pem.ts";
import { type Certificate, readCertificate } from "../keys/x509.ts";
import { detectDerKind } from "./kinds.ts";
import { isPrivateKeyBlock, readDerKey, readPemKey } from "./private_key.ts";

/** Function that decrypts a private key when it is needed. */
export type KeyEntry = () => Promise<FoundKey>;

/** Keys and certificates of a file. */
interface Contents {
  readonly certificates: readonly FoundCertificate[];
  readonly keys: readonly KeyEntry[];
}

const WANTED = "certificate or private key";
const NOTHING: Contents = { certificates: [], keys: [] };

/** The labels of RFC 7468, section 5, and of OpenSSL. */
const CERTIFICATE_LABELS: ReadonlySet<string> = new Set([
  "CERTIFICATE",
  "X509 CERTIFICATE",
  "TRUSTED CERTIFICATE",
]);
const BINARY_LABELS: ReadonlySet<string> = new Set(["PKCS7", "CMS", "PKCS12"]);

/**
 * Reads a file of any kind. Its format is detected from the content.
 *
 * @param input The file
 * @param opening The opening of the file
 * @param alias The chosen identity. In a Java keystore the other keys stay encrypted
 */
export async function readKeyFile(
  input: FileContents,
  opening: Opening,
  alias?: string,
): Promise<Contents> {
  const found = detectText(input, opening.file, opening.maxBytes);
  if ("bytes" in found) return await readBinary(found.bytes, opening, alias);
  const blocks = readPem(found.text, opening.file);
  const parts = await Promise.all(blocks.map((block) => readBlock(block, opening)));
  const certificates = parts.flatMap((part) => part.certificates);
  const keys = parts.flatMap((part) => part.keys);
  if (certificates.length + keys.length > 0) return { certificates, keys };
  const { detectKind, findLabelKind, wrongKind } = await import("./foreign.ts");
  const kind = blocks.length === 0
    ? detectKind(found.text)
    : blocks.map(({ label }) => findLabelKind(label)).find((kind) => kind);
  throw wrongKind(opening.file, WANTED, kind);
}

/** Reads a PEM block. Skips parameters, requests and other contents. */
async function readBlock(block: PemBlock, opening: Opening): Promise<Contents> {
  if (isPrivateKeyBlock(block)) return deferKey(() => readPemKey(block, opening));
  if (CERTIFICATE_LABELS.has(block.label)) {
    // Some CAs put a PKCS#7 bundle behind this label.
    return detectDerKind(block.bytes) === "PKCS#7"
      ? await readPkcs7Certificates(block.bytes, opening)
      : holdCertificates([readCertificate(block.bytes, opening.file)]);
  }
  return BINARY_LABELS.has(block.label) ? await readBinary(block.bytes, opening) : NOTHING;
}

async function readBinary(
  bytes: Uint8Array,
  opening: Opening,
  alias?: string,
): Promise<Contents> {
  if (isJavaKeystore(bytes)) {
    const { openKeystore } = await import("../jks/open.ts");
    return await openKeystore(bytes, opening, alias);
  }
  const kind = detectDerKind(bytes);
  if (kind === "PKCS#12") {
    const { openPfx } = await import("../pkcs12/open.ts");
    const { certificates, keys } = await openPfx(bytes, opening);
    return { certificates, keys: keys.map((key) => () => Promise.resolve(key)) };
  }
  if (kind === "certificate") return holdCertificates([readCertificate(bytes, opening.file)]);
  if (kind === "PKCS#7") return await readPkcs7Certificates(bytes, opening);
  if (kind?.endsWith("private key")) return deferKey(() => readDerKey(bytes, opening));
  const { detectKind, wrongKind } = await import("./foreign.ts");
  throw wrongKind(opening.file, WANTED, detectKind(bytes));
}

async function readPkcs7Certificates(bytes: Uint8Array, opening: Opening): Promise<Contents> {
  const { readPkcs7 } = await import("../keys/pkcs7.ts");
  return holdCertificates(readPkcs7(bytes, opening.file));
}

function holdCertificates(certificates: readonly Certificate[]): Contents {
  return { certificates: certificates.map((certificate) => ({ certificate })), keys: [] };
}

function deferKey(read: () => Promise<FoundKey["key"]>): Contents {
  return { certificates: [], keys: [async () => ({ key: await read() })] };
}
