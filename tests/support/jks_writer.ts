/** Writes Java keystores, valid ones and others, apart from the library's own code. */
import { createHash } from "node:crypto";
import { NULL, OCTET_STRING, SEQUENCE } from "../../lib/asn1/tags.ts";
import { writeElement, writeOid } from "../../lib/asn1/writer.ts";

/** Parts of a keystore. */
export interface Keystore {
  readonly magic?: number;
  readonly version?: number;
  /** The number of entries that the file claims to have. */
  readonly count?: number;
  readonly entries: readonly Uint8Array[];
  readonly passphrase?: string;
}

/** Writes bytes one behind the other; numbers are four bytes each. */
export function join(...parts: readonly (number | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts.map((part) => {
    if (typeof part !== "number") return part;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(part);
    return bytes;
  })));
}

/** Writes a keystore with the digest of its passphrase. */
export function writeKeystore(
  { magic = 0xfeedfeed, version = 2, entries, count = entries.length, passphrase = "changeit" }:
    Keystore,
): Uint8Array<ArrayBuffer> {
  const content = join(magic, version, count, ...entries);
  return join(content, sha1(utf16(passphrase), Buffer.from("Mighty Aphrodite"), content));
}

/** Writes text in modified UTF-8 behind its length, for characters of one or three bytes. */
export function writeText(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return join(Uint8Array.of(bytes.length >> 8, bytes.length), bytes);
}

/** Writes a certificate. Version 1 has no type. */
export function writeCertificate(der: Uint8Array, version = 2, type = "X.509"): Uint8Array {
  return version === 1 ? join(der.length, der) : join(writeText(type), der.length, der);
}

/** Writes the entry of a certificate. */
export function writeTrusted(alias: string, certificate: Uint8Array): Uint8Array {
  return join(2, writeText(alias), 0, 0, certificate);
}

/** Writes the entry of a private key. */
export function writePrivateKey(
  alias: string,
  encrypted: Uint8Array,
  certificates: readonly Uint8Array[],
  count: number = certificates.length,
): Uint8Array {
  const key = join(encrypted.length, encrypted);
  return join(1, writeText(alias), 0, 0, key, count, ...certificates);
}

/** Writes the entry of a secret key. */
export function writeSecret(alias: string, stream: Uint8Array): Uint8Array {
  return join(3, writeText(alias), 0, 0, stream);
}

/** Encrypts a key as Java does in JKS. */
export function protectKey(info: Uint8Array, passphrase = "changeit"): Uint8Array {
  const password = utf16(passphrase);
  const salt = Uint8Array.from({ length: 20 }, (_, i) => i);
  const encrypted = new Uint8Array(info);
  for (let at = 0, digest: Uint8Array = salt; at < info.length; at += 20) {
    digest = sha1(password, digest);
    for (let i = 0; i < 20 && at + i < info.length; i++) encrypted[at + i]! ^= digest[i]!;
  }
  const data = join(salt, encrypted, sha1(password, info));
  return writeProtected("1.3.6.1.4.1.42.2.17.1.1", writeElement(NULL), data);
}

/** Writes an EncryptedPrivateKeyInfo. */
export function writeProtected(
  oid: string,
  parameters: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  const algorithm = writeElement(SEQUENCE, writeOid(oid), parameters);
  return writeElement(SEQUENCE, algorithm, writeElement(OCTET_STRING, data));
}

function utf16(text: string): Uint8Array {
  return Buffer.from(text, "utf16le").swap16();
}

function sha1(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha1");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
