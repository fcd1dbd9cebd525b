/**
 * Key files as the caller passes them, and the keys and certificates in them.
 *
 * @module
 */
import type { PrivateKey } from "./pkcs8.ts";
import type { Certificate } from "./x509.ts";

/** The contents of a file: the text of a PEM file, or the bytes of any file. Not its path. */
export type FileContents = string | Uint8Array | ArrayBuffer;

/** The first bytes of Java's keystores of the types JKS and JCEKS, and their base64. */
const JAVA_MAGIC: readonly number[] = [0xfeedfeed, 0xcececece];
const JAVA_MAGIC_IN_BASE64 = /^\s*(\/u3\+7|zs7Oz)/;

/** True if a file is a Java keystore of the type JKS or JCEKS. */
export function isJavaKeystore(file: FileContents): boolean {
  if (typeof file === "string") return JAVA_MAGIC_IN_BASE64.test(file);
  const [a = 0, b = 0, c = 0, d = 0] = file instanceof ArrayBuffer
    ? new Uint8Array(file, 0, Math.min(4, file.byteLength))
    : file;
  return JAVA_MAGIC.includes((a << 24 | b << 16 | c << 8 | d) >>> 0);
}

/** Attributes of a key or certificate in a file. They may be missing, empty or wrong. */
export interface Attributes {
  readonly friendlyName?: string;
  readonly localKeyId?: Uint8Array;
}

/** Private key of a file. */
export interface FoundKey extends Attributes {
  readonly key: PrivateKey;
}

/** Certificate of a file. */
export interface FoundCertificate extends Attributes {
  readonly certificate: Certificate;
}
