/**
 * The structure of Java's keystores of the types JKS and JCEKS. No standard describes it. OpenJDK's
 * `sun.security.provider.JavaKeyStore` and `com.sun.crypto.provider.JceKeyStore` define it.
 *
 * @module
 */
import { showValue } from "../show.ts";
import type { Opening } from "../encryption/opening.ts";
import type { Encrypted } from "../encryption/scheme.ts";
import { malformed, unsupported } from "../errors.ts";
import { DataReader } from "./data.ts";
import { readProtectedKey } from "./key_protection.ts";
import { skipSerializedObject } from "./serialized.ts";

const MAGIC_JKS = 0xfeedfeed;
const MAGIC_JCEKS = 0xcececece;
/** The digest at the end: SHA-1. */
const DIGEST_OCTETS = 20;
/** The types of entries. */
const PRIVATE_KEY = 1;
const TRUSTED_CERTIFICATE = 2;
const SECRET_KEY = 3;
/** The names of X.509 in Java's CertificateFactory. */
const X509: ReadonlySet<string> = new Set(["X.509", "X509"]);

/** Private key with the certificate chain that belongs to it. */
export interface PrivateKeyEntry {
  readonly kind: "private key";
  readonly alias: string;
  readonly encrypted: Encrypted;
  /** The leaf first. */
  readonly chain: readonly Uint8Array[];
}

/** Part of a keystore. A secret key is skipped, since no certificate belongs to it. */
export type Entry =
  | PrivateKeyEntry
  | { readonly kind: "certificate"; readonly alias: string; readonly certificate: Uint8Array }
  | { readonly kind: "secret key" };

/** Parts of a keystore that are readable without a passphrase. */
interface Keystore {
  readonly entries: readonly Entry[];
  /** The bytes before the digest: all that it protects. */
  readonly content: Uint8Array;
  readonly digest: Uint8Array;
}

/**
 * Reads a keystore.
 *
 *     keystore    ::= magic (int)version (int)count entry[count] digest
 *     magic       ::= 0xfeedfeed, for JKS | 0xcececece, for JCEKS
 *     version     ::= 1 | 2
 *     entry       ::= (int)1 alias date privateKey | (int)2 alias date certificate
 *                   | (int)3 alias date secretKey, in JCEKS
 *     alias       ::= (utf)
 *     date        ::= (long)milliseconds
 *     privateKey  ::= (int)length EncryptedPrivateKeyInfo (int)count certificate[count]
 *     certificate ::= (utf)type, in version 2, (int)length Certificate
 *     secretKey   ::= a serialized javax.crypto.SealedObject
 *     digest      ::= (byte)[20]
 *
 * @param bytes The file
 * @param opening The opening of the file. Each entry and each certificate of a chain is a bag
 */
export async function readKeystore(bytes: Uint8Array, opening: Opening): Promise<Keystore> {
  const { file } = opening;
  const data = new DataReader(bytes, file);
  const magic = data.readInt("magic number");
  const isJceks = magic === MAGIC_JCEKS;
  if (!isJceks && magic !== MAGIC_JKS) throw malformed(file, "it is not a Java keystore");
  const version = data.readInt("version");
  if (version !== 1 && version !== 2) {
    throw malformed(
      file,
      `the version of the keystore must be 1 or 2: current value is ${version}`,
    );
  }
  const entries: Entry[] = [];
  for (let left = data.readInt("number of entries"); left > 0; left--) {
    entries.push(readEntry(data, { isJceks, version }, opening));
    await opening.takeTurn();
  }
  const content = data.before;
  const digest = data.readBytes(DIGEST_OCTETS, "digest");
  // Some stores pad their files to a whole block. Java reads nothing behind the digest.
  if (data.rest.some((byte) => byte !== 0)) {
    throw malformed(file, `it has ${data.rest.length} bytes more than it should`);
  }
  return { entries, content, digest };
}

interface Format {
  readonly isJceks: boolean;
  readonly version: number;
}

function readEntry(data: DataReader, { isJceks, version }: Format, opening: Opening): Entry {
  opening.countBag();
  const type = data.readInt("type of an entry");
  const alias = data.readText("alias");
  data.skip(8, "date of an entry");
  if (type === TRUSTED_CERTIFICATE) {
    return { kind: "certificate", alias, certificate: readCertificate(data, version) };
  }
  if (type === PRIVATE_KEY) {
    const encrypted = readProtectedKey(data.readBlock("private key"), opening);
    const chain: Uint8Array[] = [];
    for (let left = data.readInt("number of certificates"); left > 0; left--) {
      opening.countBag();
      chain.push(readCertificate(data, version));
    }
    return { kind: "private key", alias, encrypted, chain };
  }
  if (type !== SECRET_KEY || !isJceks) {
    throw malformed(
      opening.file,
      `the type of an entry must be ${isJceks ? "1, 2 or 3" : "1 or 2"}: current value is ${type}`,
    );
  }
  skipSerializedObject(data);
  return { kind: "secret key" };
}

function readCertificate(data: DataReader, version: number): Uint8Array {
  const type = version === 1 ? "X.509" : data.readText("type of a certificate");
  const certificate = data.readBlock("certificate");
  if (X509.has(type)) return certificate;
  const what = `the certificate type ${showValue(type, 40)}`;
  throw unsupported(data.file, what, "unsupported_content");
}
