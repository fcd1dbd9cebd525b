/**
 * Reads the keys and certificates of binary files: DER, PKCS#7 and PKCS#12, alone or joined.
 *
 * @module
 */
import type { Opening } from "../encryption/opening.ts";
import { readCertificate } from "../keys/x509.ts";
import { openPfx } from "../pkcs12/open.ts";
import { findDerEnd } from "./der.ts";
import {
  type Contents,
  deferKey,
  holdCertificates,
  mergeContents,
  NOTHING,
  WANTED,
} from "./file_parts.ts";
import { detectDerKind, isKeyFile } from "./kinds.ts";
import { readDerKey } from "./private_key.ts";
import { isBlank } from "./usual_shape.ts";

/** The first byte of PEM. */
const DASH = 0x2d;

/**
 * Reads binary files, one behind the other.
 *
 * @param bytes The files
 * @param opening The opening of the files
 * @param readPem Reads a PEM text behind the files
 */
export async function readBinaryFile(
  bytes: Uint8Array<ArrayBuffer>,
  opening: Opening,
  readPem: (text: Uint8Array<ArrayBuffer>) => Promise<Contents>,
): Promise<Contents> {
  if ((findDerEnd(bytes) ?? bytes.length) === bytes.length) return await readOne(bytes, opening);
  const files: Uint8Array[] = [];
  let rest = bytes;
  while (isKeyFile(rest)) {
    opening.countBag();
    const end = findDerEnd(rest) ?? rest.length;
    files.push(rest.subarray(0, end));
    const start = rest.findIndex((byte, i) => i >= end && !isBlank(byte));
    rest = rest.subarray(start < 0 ? rest.length : start);
    await opening.takeTurn();
  }
  // What is behind a PKCS#12 file or a key is an error: it may be a part of it.
  const isCut = rest.length > 0 && files.length === 1 && detectDerKind(bytes) !== "certificate";
  if (files.length === 0 || isCut) return await readOne(bytes, opening);
  const parts = await opening.readAll(files, (file) => readOne(file, opening));
  if (rest[0] === DASH) return mergeContents([...parts, await readPem(rest)]);
  const unread = `${rest.length} bytes behind a certificate`;
  return mergeContents(parts, rest.length > 0 ? [unread] : []);
}

async function readOne(bytes: Uint8Array, opening: Opening): Promise<Contents> {
  const kind = detectDerKind(bytes);
  if (kind === "PKCS#12") {
    const { certificates, keys } = await openPfx(bytes, opening);
    return { ...NOTHING, certificates, keys: keys.map((key) => () => Promise.resolve(key)) };
  }
  if (kind === "certificate") return holdCertificates([readCertificate(bytes, opening.file)]);
  if (kind === "PKCS#7") {
    const { readPkcs7 } = await import("../keys/pkcs7.ts");
    return { ...holdCertificates(await readPkcs7(bytes, opening)), isOrdered: false };
  }
  if (kind?.endsWith("private key")) return deferKey(() => readDerKey(bytes, opening));
  const { detectKind, wrongKind } = await import("./foreign.ts");
  throw wrongKind(opening.file, WANTED, detectKind(bytes));
}
