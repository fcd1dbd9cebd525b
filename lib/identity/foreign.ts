/**
 * Recognizes files of other kinds, so that the error can name them. Loaded when a file fails.
 *
 * @module
 */
import { type KeyFileError, malformed } from "../errors.ts";
import { type DerKind, detectDerKind } from "./kinds.ts";

/** Kind of a file that is not an ASN.1 structure. */
type ForeignKind =
  | "PEM text"
  | "DSA parameters"
  | "EC parameters"
  | "Java keystore (JKS)"
  | "Java keystore (JCEKS)"
  | "Bouncy Castle keystore (BKS)"
  | "PGP key"
  | "OpenSSH private key"
  | "OpenSSH public key"
  | "PuTTY private key"
  | "HTML page"
  | "ZIP archive"
  | "JSON text"
  | "text";

/** Kind of any file that this library recognizes. */
export type Kind = DerKind | ForeignKind;

/** The first bytes of binary files. */
const MAGIC: readonly (readonly [ForeignKind, ...number[]])[] = [
  ["Java keystore (JKS)", 0xfe, 0xed, 0xfe, 0xed],
  ["Java keystore (JCEKS)", 0xce, 0xce, 0xce, 0xce],
  ["Bouncy Castle keystore (BKS)", 0, 0, 0, 1, 0, 0, 0, 20],
  ["Bouncy Castle keystore (BKS)", 0, 0, 0, 2, 0, 0, 0, 20],
  ["ZIP archive", 0x50, 0x4b, 0x03, 0x04],
  // RFC 4880, sections 4.2 and 4.3: packet tags 5 and 6, in the old and in the new format.
  ["PGP key", 0x95],
  ["PGP key", 0x99],
  ["PGP key", 0xc5],
  ["PGP key", 0xc6],
];

/** The beginnings of text files. */
const TEXTS: readonly (readonly [ForeignKind, RegExp])[] = [
  ["HTML page", /^\s*<(!doctype|html|head|body|\?xml)/i],
  ["OpenSSH public key", /^(ssh-|ecdsa-sha2-)/],
  ["PuTTY private key", /^PuTTY-User-Key-File-/],
  ["JSON text", /^\s*[{[]/],
];

/** PEM labels of unsupported contents. */
const LABELS: ReadonlyMap<string, Kind> = new Map([
  ["PUBLIC KEY", "public key"],
  ["RSA PUBLIC KEY", "public key"],
  ["EC PUBLIC KEY", "public key"],
  ["DSA PUBLIC KEY", "public key"],
  ["CERTIFICATE REQUEST", "certificate request"],
  ["NEW CERTIFICATE REQUEST", "certificate request"],
  ["X509 CRL", "revocation list"],
  ["DSA PARAMETERS", "DSA parameters"],
  ["EC PARAMETERS", "EC parameters"],
  ["OPENSSH PRIVATE KEY", "OpenSSH private key"],
  ["SSH2 PUBLIC KEY", "OpenSSH public key"],
  ["PGP PRIVATE KEY BLOCK", "PGP key"],
  ["PGP PUBLIC KEY BLOCK", "PGP key"],
  ["PGP MESSAGE", "PGP key"],
]);

/** Returns the kind of a PEM block with an unsupported label. */
export function findLabelKind(label: string): Kind | undefined {
  return LABELS.get(label);
}

/** Returns the kind of a file; `undefined` if the kind is unknown. */
export function detectKind(file: string | Uint8Array): Kind | undefined {
  if (typeof file === "string") {
    if (file.includes("-----BEGIN ")) return "PEM text";
    return TEXTS.find(([, pattern]) => pattern.test(file))?.[0] ?? "text";
  }
  return detectDerKind(file) ??
    MAGIC.find(([, ...magic]) => magic.every((byte, i) => file[i] === byte))?.[0];
}

/**
 * Returns the error for a file of the wrong kind.
 *
 * @param file The file's name in messages
 * @param wanted The expected kind
 * @param kind The kind of the file
 */
export function wrongKind(file: string, wanted: string, kind: Kind | undefined): KeyFileError {
  if (kind === undefined) {
    return malformed(file, `not a ${wanted} file, and no other format this library recognizes`);
  }
  const article = /^([aeiou]|HTML|RSA)/i.test(kind) ? "an" : "a";
  return malformed(file, `it is ${article} ${kind}, not a ${wanted}`, "foreign", kind);
}
