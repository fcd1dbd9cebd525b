/**
 * Certificate requests: PKCS#10 (RFC 2986).
 *
 * @module
 */

import { readOptions } from "../identity/arguments.ts";
import type { CsrKeyType, CsrSubject } from "./csr_writer.ts";

const SUBJECT = ["commonName", "organization", "organizationalUnit", "country"] as const;

/**
 * Makes a private key, and the request for a certificate for it.
 *
 * The request is signed with the key, with SHA-256, or SHA-384 for P-384. It asks for no extensions:
 * the authority decides what the certificate may be used for.
 *
 *     CertificationRequest ::= SEQUENCE {
 *         certificationRequestInfo  CertificationRequestInfo,
 *         signatureAlgorithm        AlgorithmIdentifier,
 *         signature                 BIT STRING
 *     }
 *     CertificationRequestInfo ::= SEQUENCE {
 *         version        INTEGER { v1(0) },
 *         subject        Name,
 *         subjectPKInfo  SubjectPublicKeyInfo,
 *         attributes     [0] IMPLICIT SET OF Attribute
 *     }
 *
 * @param subject Whom the certificate is for
 * @param options `keyType`: the kind of key that is made. Default is `"RSA 2048"`, which every
 * authority takes
 * @returns `csr`: the request as PEM, for the authority. `key`: the private key as PKCS#8 PEM, not
 * encrypted, for nobody but you
 * @throws {McFetchError} `invalid_argument` when a part of the name, or the kind of key, is not one that
 * may be
 *
 * @example A request for the sandbox
 * ```ts
 * import { createCsr, mastercardCommonName } from "@acme/mc-mtls";
 *
 * const { csr, key } = await createCsr({
 *   commonName: mastercardCommonName({ environment: "sandbox" }),
 *   organization: "Example Ltd",
 *   organizationalUnit: "Payments",
 *   country: "BE",
 * });
 * console.log(csr, key.length);
 * ```
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc2986} PKCS #10
 * @see {@link https://developer.mastercard.com/platform/documentation/security-and-authentication/mtls-csr-requirements/} Mastercard's requirements
 */
export async function createCsr(
  subject: CsrSubject,
  options: { readonly keyType?: CsrKeyType | undefined } = {},
): Promise<{ csr: string; key: string }> {
  const action = "create the request";
  const given = readOptions(action, subject, SUBJECT);
  const { keyType = "RSA 2048" } = readOptions(action, options, ["keyType"]);
  const { writeCsr } = await import("./csr_writer.ts");
  return await writeCsr(given, keyType);
}
