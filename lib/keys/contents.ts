/**
 * Key files as the caller passes them, and the keys and certificates in them.
 *
 * @module
 */
import type { PrivateKey } from "./pkcs8.ts";
import type { Certificate } from "./x509.ts";

/** The contents of a file: the text of a PEM file, or the bytes of any file. Not its path. */
export type FileContents = string | Uint8Array | ArrayBuffer;

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
