/**
 * PKCS#12 (RFC 7292): the files called `.p12` and `.pfx`.
 *
 * @module
 */
import { buildChain, type BySubject, bySubject } from "./chain.ts";
import { findLeaf } from "./pairing.ts";
import { textOrBytes, writePem } from "../keys/pem.ts";
import { kindOf, notThis } from "./kinds.ts";
import { Budget, type Pkcs12Options } from "../encryption/limits.ts";
import type { FoundCertificate, FoundKey } from "../keys/contents.ts";

export type { KeyFileOptions, Pkcs12Limits, Pkcs12Options } from "../encryption/limits.ts";

/** A private key of a PKCS#12 file, with the certificates that belong to it. */
export interface Pkcs12Identity {
  /** The private key, as PKCS#8 PEM, not encrypted. */
  readonly key: string;
  /** The certificate of this key, as PEM. Missing where the file has none. */
  readonly cert?: string;
  /** The issuers of the certificate, as PEM, nearest first, as far as the file has them. */
  readonly chain: readonly string[];
  /** What the file calls the key; Java calls it the alias. */
  readonly friendlyName?: string;
}

/** A certificate of a PKCS#12 file. */
export interface Pkcs12Certificate {
  /** The certificate, as PEM. */
  readonly pem: string;
  /** What the file calls it. */
  readonly friendlyName?: string;
}

/** What a PKCS#12 file holds. */
export interface Pkcs12Contents {
  /** One entry for each private key, in the order of the file. */
  readonly identities: readonly Pkcs12Identity[];
  /** Every X.509 certificate, in the order of the file. */
  readonly certificates: readonly Pkcs12Certificate[];
}

/**
 * Opens a PKCS#12 file: everything that is in it. Bags of other things (CRLs, secrets) are skipped.
 *
 * The certificate of a key is found by the public key, whatever the order and the attributes in the file. Where
 * the public key cannot be derived here (some curves, Ed448 in some runtimes), the file's `localKeyID` decides.
 *
 * @param bytes The file
 * @param passphrase Its passphrase. Leave it out where there is none, which is not the same as the empty one
 * @param options Bounds, and the passphrase of the keys where it is not the file's own
 * @returns The private keys with their certificates, and all certificates
 * @throws {McFetchError} `wrong_password`, `malformed_credentials`, `unsupported_algorithm` or `limit_exceeded`
 *
 * @example Look into a file
 * ```ts no-assert
 * import { readPkcs12 } from "@acme/mc-mtls";
 *
 * const { identities } = await readPkcs12(await Deno.readFile("client.p12"), "keystorepassword");
 * for (const { friendlyName, chain } of identities) console.log(friendlyName, chain.length);
 * ```
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7292} PKCS #12
 * @see {@link https://www.rfc-editor.org/rfc/rfc9579} PBMAC1 in PKCS #12
 */
export async function readPkcs12(
  bytes: Uint8Array | ArrayBuffer,
  passphrase?: string,
  options: Pkcs12Options = {},
): Promise<Pkcs12Contents> {
  const budget = new Budget("the PKCS#12 file", options);
  const input = textOrBytes(bytes, budget.file, budget.maxBytes);
  if ("text" in input) {
    throw notThis(budget.file, "PKCS#12", kindOf(input.text));
  }
  const kind = kindOf(input.bytes);
  if (kind !== "PKCS#12" && kind !== undefined) {
    throw notThis(budget.file, "PKCS#12", kind);
  }
  const { openPfx } = await import("../pkcs12/open.ts");
  const { keys, certificates } = await openPfx(
    input.bytes,
    passphrase,
    options.keyPassphrase,
    budget,
  );
  const subjects = bySubject(certificates);
  return {
    identities: await Promise.all(keys.map((key) => identity(key, certificates, subjects, budget))),
    certificates: certificates.map(({ certificate, friendlyName }) => ({
      pem: writePem("CERTIFICATE", certificate.der),
      ...(friendlyName !== undefined && { friendlyName }),
    })),
  };
}

async function identity(
  found: FoundKey,
  certificates: readonly FoundCertificate[],
  subjects: BySubject,
  budget: Budget,
): Promise<Pkcs12Identity> {
  const { leaf } = await findLeaf(found, certificates, budget);
  const friendlyName = found.friendlyName ?? leaf?.friendlyName;
  const chain = leaf ? buildChain(leaf.certificate, subjects) : [];
  return {
    key: writePem("PRIVATE KEY", found.key.der),
    ...(leaf && { cert: writePem("CERTIFICATE", leaf.certificate.der) }),
    chain: chain.map(({ der }) => writePem("CERTIFICATE", der)),
    ...(friendlyName !== undefined && { friendlyName }),
  };
}
