/** The text of a PEM file, or the bytes of any key file. */
export type KeyFile = string | Uint8Array | ArrayBuffer;

/** What a TLS handshake needs, as PEM. */
export interface Identity {
  /** The leaf certificate, then its issuers, nearest first. */
  readonly cert: string;
  /** The leaf's private key, as unencrypted PKCS#8. */
  readonly key: string;
}
