/**
 * `createCsr`: a private key and its certificate request (PKCS#10, RFC 2986).
 *
 * @module
 */
import { readOptions } from "../identity/arguments.ts";
import type { CsrKeyType, CsrSubject } from "./csr_writer.ts";

const SUBJECT = ["commonName", "organization", "organizationalUnit", "country"] as const;

/**
 * Makes a private key and the certificate request for it.
 *
 * The key signs the request, with SHA-384 for P-384 and SHA-256 for all others. The request asks
 * for no extensions except the alternative names: the CA decides which uses the certificate allows.
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
 * @param subject The subject of the certificate
 * @param options `keyType`: the type of key to make. Default is `"RSA 2048"`, which every CA
 * accepts. `names`: alternative names, each a host, an IP address, an e-mail address or a URI, with
 * or without OpenSSL's prefix (`DNS:example.com`). Default is none
 * @returns `csr`: the request as PEM, for the CA. `key`: the private key as PKCS#8 PEM, not
 * encrypted; keep it secret
 * @throws {McFetchError} `invalid_argument` if a part of the subject, a name, or the key type, is
 * outside its allowed values
 *
 * @example Make a request for the sandbox
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
  options: {
    readonly keyType?: CsrKeyType | undefined;
    readonly names?: readonly string[] | undefined;
  } = {},
): Promise<{ csr: string; key: string }> {
  const action = "create the request";
  const given = readOptions(action, subject, SUBJECT);
  const { keyType = "RSA 2048", names } = readOptions(action, options, ["keyType", "names"]);
  const { writeCsr } = await import("./csr_writer.ts");
  return await writeCsr(given, keyType, names);
}
