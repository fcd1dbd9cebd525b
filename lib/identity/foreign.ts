/**
 * Recognizes files of other kinds, so that the error can name them. Loaded when a file fails.
 *
 * @module
 */
import { OCTET_STRING, SEQUENCE } from "../asn1/tags.ts";
import { type KeyFileError, malformed } from "../errors.ts";
import { type DerKind, detectDerKind, isStructure } from "./kinds.ts";

/** Kind of a file that is not an ASN.1 structure of a key file. */
type ForeignKind =
  | "PEM text"
  | "DSA parameters"
  | "EC parameters"
  | "DH parameters"
  | "attribute certificate"
  | "OpenVPN static key"
  | "Java keystore (JKS)"
  | "Java keystore (JCEKS)"
  | "Bouncy Castle keystore (BKS)"
  | "Bouncy Castle keystore (UBER)"
  | "Bouncy Castle keystore (BCFKS)"
  | "PVK private key"
  | "MSBLOB private key"
  | "MSBLOB public key"
  | "XML private key"
  | "XML public key"
  | "JSON Web Key"
  | "PGP key"
  | "OpenSSH private key"
  | "OpenSSH public key"
  | "SSH2 private key"
  | "SSH2 public key"
  | "PuTTY private key"
  | "NSS database"
  | "HTML page"
  | "ZIP archive"
  | "compressed file"
  | "encrypted file"
  | "list of numbers"
  | "placeholder"
  | "path"
  | "JSON text"
  | "text";

/** Kind of any file that this library recognizes. */
export type Kind = DerKind | ForeignKind;

/** The first bytes of binary files. */
const MAGIC: readonly (readonly [ForeignKind, ...number[]])[] = [
  ["Java keystore (JKS)", 0xfe, 0xed, 0xfe, 0xed],
  ["Java keystore (JCEKS)", 0xce, 0xce, 0xce, 0xce],
  ["Bouncy Castle keystore (UBER)", 0, 0, 0, 1, 0, 0, 0, 20],
  ["Bouncy Castle keystore (UBER)", 0, 0, 0, 2, 0, 0, 0, 20],
  ["PVK private key", 0x1e, 0xf1, 0xb5, 0xb0],
  // BLOBHEADER of CryptoAPI: the type, version 2, reserved, then an algorithm of the class RSA.
  ["MSBLOB private key", 7, 2, 0, 0, 0, 0xa4, 0, 0],
  ["MSBLOB private key", 7, 2, 0, 0, 0, 0x24, 0, 0],
  ["MSBLOB public key", 6, 2, 0, 0, 0, 0xa4, 0, 0],
  ["MSBLOB public key", 6, 2, 0, 0, 0, 0x24, 0, 0],
  ["NSS database", ...encodeAscii("SQLite format 3\0")],
  ["encrypted file", ...encodeAscii("Salted__")], // openssl enc
  ["encrypted file", ...encodeAscii("age-encryption.org/")],
  ["ZIP archive", 0x50, 0x4b, 0x03, 0x04],
  ["compressed file", 0x1f, 0x8b], // gzip
  ["compressed file", ...encodeAscii("BZh")],
  ["compressed file", 0xfd, 0x37, 0x7a, 0x58, 0x5a], // xz
  ["compressed file", 0x28, 0xb5, 0x2f, 0xfd], // zstd
  ["compressed file", 0x37, 0x7a, 0xbc, 0xaf], // 7z
  // RFC 4880, sections 4.2 and 4.3: packet tags 5 and 6, in the old and in the new format.
  ["PGP key", 0x95],
  ["PGP key", 0x99],
  ["PGP key", 0xc5],
  ["PGP key", 0xc6],
];

/** Text files, without the white space around the text. */
const TEXTS: readonly (readonly [ForeignKind, RegExp])[] = [
  ["XML private key", /^(<\?xml[^>]{0,200}>\s*)?<RSAKeyValue>[^]{0,20000}<D>/],
  ["XML public key", /^(<\?xml[^>]{0,200}>\s*)?<RSAKeyValue>/],
  ["HTML page", /^<(!doctype|html|head|body|\?xml)/i],
  ["OpenSSH public key", /^(ssh-|ecdsa-sha2-|sk-)/],
  ["PuTTY private key", /^PuTTY-User-Key-File-/],
  ["encrypted file", /^(\$ANSIBLE_VAULT;|age-encryption\.org\/|ENC\[)/],
  ["placeholder", /^(undefined|null|None|NaN|\[object \w{1,40}\]|\$\{?\w{1,99}\}?|%\w{1,99}%)$/],
  ["list of numbers", /^(\{"type":"Buffer","data":)?\[?\s*\d{1,3}(\s?,\s?\d{1,3}){3}/],
  ["JSON Web Key", /^\{[^]{0,20000}"kty"/],
  ["JSON text", /^[{[]/],
  ["path", /^(@?[.~]{0,2}\/|[a-z]:[\\/]|\\\\|file:|https?:)[^\r\n]{0,4096}$/i],
  ["path", /^[^\r\n]{1,4096}\.(pem|p12|pfx|crt|cer|cert|key|der|jks|p7b|p7c|p8)$/i],
];

/** PEM labels of unsupported contents. */
export const FOREIGN_LABELS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["PUBLIC KEY", "public key"],
  ["RSA PUBLIC KEY", "public key"],
  ["EC PUBLIC KEY", "public key"],
  ["DSA PUBLIC KEY", "public key"],
  ["CERTIFICATE REQUEST", "certificate request"],
  ["NEW CERTIFICATE REQUEST", "certificate request"],
  ["X509 CRL", "revocation list"],
  ["ATTRIBUTE CERTIFICATE", "attribute certificate"],
  ["DSA PARAMETERS", "DSA parameters"],
  ["EC PARAMETERS", "EC parameters"],
  ["DH PARAMETERS", "DH parameters"],
  ["X9.42 DH PARAMETERS", "DH parameters"],
  ["OPENVPN STATIC KEY V1", "OpenVPN static key"],
  ["OPENSSH PRIVATE KEY", "OpenSSH private key"],
  ["SSH2 PUBLIC KEY", "SSH2 public key"],
  ["SSH2 ENCRYPTED PRIVATE KEY", "SSH2 private key"],
  ["PGP PRIVATE KEY BLOCK", "PGP key"],
  ["PGP PUBLIC KEY BLOCK", "PGP key"],
  ["PGP MESSAGE", "PGP key"],
  ["AGE ENCRYPTED FILE", "encrypted file"],
]);

/** Returns the kind of a PEM block with an unsupported label. */
export function findLabelKind(label: string): Kind | undefined {
  return FOREIGN_LABELS.get(label.toUpperCase());
}

/** Returns the kind of a file; `undefined` if the kind is unknown. */
export function detectKind(file: string | Uint8Array): Kind | undefined {
  if (typeof file === "string") {
    if (/-----BEGIN /.test(file)) return "PEM text";
    const text = file.trim();
    return TEXTS.find(([, pattern]) => pattern.test(text))?.[0] ?? "text";
  }
  const kind = detectDerKind(file) ??
    MAGIC.find(([, ...magic]) => magic.every((byte, i) => file[i] === byte))?.[0];
  if (kind === "Bouncy Castle keystore (UBER)" && isBks(file)) return BKS;
  // ObjectStore: storeData, which is encrypted, and integrityCheck.
  return kind ?? (isStructure(file, [[SEQUENCE, OCTET_STRING]]) ? BCFKS : undefined);
}

const BKS = "Bouncy Castle keystore (BKS)";
const BCFKS = "Bouncy Castle keystore (BCFKS)";

/**
 * True if a keystore of Bouncy Castle is not encrypted as a whole, as UBER is. After the salt and
 * the iterations, it has entries: the type, a name with its length, and the time in milliseconds.
 */
function isBks(file: Uint8Array): boolean {
  const start = 4 + 4 + 20 + 4;
  const [type = 0, high = 0, low = 0] = file.subarray(start);
  if (type === 0) return file.length === start + 1 + 20; // no entry, and the MAC
  const [a, b] = file.subarray(start + 3 + 256 * high + low);
  return type <= 4 && a === 0 && b === 0;
}

function encodeAscii(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
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
  return malformed(file, `it is ${addArticle(kind)}, not a ${wanted}`, "foreign", kind);
}

/** Adds the article to a kind. Parameters have none. */
export function addArticle(kind: Kind): string {
  if (kind.endsWith("parameters")) return kind;
  return `${/^([aeio]|HTML|RSA|MS|SSH|XML|NSS)/i.test(kind) ? "an" : "a"} ${kind}`;
}
