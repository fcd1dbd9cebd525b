/**
 * Reads the keys and certificates of a file of any kind.
 *
 * @module
 */
import { removeCopies, toKey } from "../crypto/bytes.ts";
import type { Opening } from "../encryption/opening.ts";
import { type FileContents, isJavaKeystore } from "../keys/contents.ts";
import type { PemBlock } from "../keys/pem.ts";
import { readCertificate } from "../keys/x509.ts";
import {
  type Contents,
  deferKey,
  holdCertificates,
  mergeContents,
  NOTHING,
  WANTED,
} from "./file_parts.ts";
import { detectDerKind } from "./kinds.ts";
import { isPrivateKeyBlock, readPemKey } from "./private_key.ts";
import { readShape } from "./shape.ts";
import { BINARY_LABELS, CERTIFICATE_LABELS, TRUSTED } from "./supported_labels.ts";

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
  const shape = await readShape(input, opening, WANTED);
  if ("bytes" in shape) return await readBinary(shape.bytes, opening, alias);
  const hasOthers = shape.blocks.some((block) => !isUsualBlock(block));
  const classify = hasOthers ? (await import("./unread.ts")).classifyBlock : undefined;
  const parts = await opening.readAll(
    removeCopies(
      shape.blocks,
      ({ label, bytes, body = "" }) => `${label}\n${body}\n${toKey(bytes)}`,
    ),
    (block) => readBlock(block, opening, classify),
  );
  const contents = mergeContents(parts, shape.unread);
  if (contents.certificates.length + contents.keys.length > 0) return contents;
  const { describeNothing } = await import("./unread.ts");
  throw describeNothing(opening.file, WANTED, contents);
}

/** Reads a PEM block. Skips parameters, requests and other contents. */
async function readBlock(
  block: PemBlock,
  opening: Opening,
  classify?: (block: PemBlock) => string | Pick<Contents, "unread" | "others">,
): Promise<Contents> {
  const { label, bytes } = block;
  if (isPrivateKeyBlock(block)) return deferKey(() => readPemKey(block, opening));
  if (CERTIFICATE_LABELS.has(label)) {
    // Some CAs put a PKCS#7 bundle behind this label, and certutil of Windows puts any file there.
    const kind = detectDerKind(bytes);
    if (kind !== undefined && kind !== "certificate") return await readBinary(bytes, opening);
    const certificate = readCertificate(bytes, opening.file);
    const isWhole = certificate.der.length === bytes.length || label === TRUSTED;
    return isWhole ? holdCertificates([certificate]) : await readBinary(bytes, opening);
  }
  if (BINARY_LABELS.has(label)) return await readBinary(bytes, opening);
  const found = classify?.(block);
  return typeof found === "string"
    ? await readBlock({ ...block, label: found }, opening)
    : { ...NOTHING, ...found };
}

/** True if the label of a block is usual. */
function isUsualBlock(block: PemBlock): boolean {
  return isPrivateKeyBlock(block) || CERTIFICATE_LABELS.has(block.label) ||
    BINARY_LABELS.has(block.label);
}

async function readBinary(
  bytes: Uint8Array<ArrayBuffer>,
  opening: Opening,
  alias?: string,
): Promise<Contents> {
  if (isJavaKeystore(bytes)) {
    const { openKeystore } = await import("../jks/open.ts");
    return { ...NOTHING, ...await openKeystore(bytes, opening, alias) };
  }
  const { readBinaryFile } = await import("./binary_file.ts");
  return await readBinaryFile(bytes, opening, (rest) => readKeyFile(rest, opening));
}
