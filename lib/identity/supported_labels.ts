/**
 * The labels of PEM blocks with supported contents, as RFC 7468 and OpenSSL spell them.
 *
 * @module
 */

/** The label under which OpenSSL writes its trust settings behind the certificate. */
export const TRUSTED = "TRUSTED CERTIFICATE";

/** The labels of certificates (RFC 7468, section 5). */
export const CERTIFICATE_LABELS: ReadonlySet<string> = new Set([
  "CERTIFICATE",
  "X509 CERTIFICATE",
  TRUSTED,
]);

/** The labels of files in DER with several parts. */
export const BINARY_LABELS: ReadonlySet<string> = new Set(["PKCS7", "CMS", "PKCS12"]);

/** The labels of private keys. */
export const PRIVATE_KEY_LABELS: ReadonlySet<string> = new Set([
  "PRIVATE KEY",
  "ENCRYPTED PRIVATE KEY",
  "RSA PRIVATE KEY",
  "EC PRIVATE KEY",
  "DSA PRIVATE KEY",
  "ANY PRIVATE KEY",
]);
