/**
 * Key files as the caller holds them, and what is found in them.
 *
 * @module
 */
import type { PrivateKey } from "./pkcs8.ts";
import type { Certificate } from "./x509.ts";

/** The contents of a file: the text of a PEM file, or the bytes of any file. Not its path. */
export type FileContents = string | Uint8Array | ArrayBuffer;

/** What a file says of a key or certificate. Either may be missing, empty, or wrong. */
export interface Attributes {
  readonly friendlyName?: string;
  readonly localKeyId?: Uint8Array;
}

/** A private key that was found in a file. */
export interface FoundKey extends Attributes {
  readonly key: PrivateKey;
}

/** A certificate that was found in a file. */
export interface FoundCertificate extends Attributes {
  readonly certificate: Certificate;
}
