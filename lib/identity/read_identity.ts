/**
 * `readIdentity`: certificate and key as PEM, for programs that present them.
 *
 * @module
 */
import { McFetchError } from "../errors.ts";
import { copyFiles, type Credentials, readCredentials } from "./credentials.ts";
import { loadIdentity } from "./identity.ts";

/** Certificate and private key as PEM. */
export interface PemIdentity {
  /** The certificate, then its issuers, nearest first. */
  readonly cert: string;
  /** The private key as unencrypted PKCS#8. */
  readonly key: string;
}

/**
 * Opens credentials, and returns the certificate and the key as PEM, in the order of TLS: for gRPC,
 * Kafka, databases, and other programs that present a certificate without HTTP. Options about
 * requests, such as `origins` and `extraCa`, have no effect here.
 *
 * @param credentials The credentials, as for `mcFetch`; a function is called once
 * @returns The certificate with its chain, and the key, which is not encrypted
 * @throws {McFetchError} if a file cannot be opened, with the codes of `mcFetch`; `no_certificate`
 * for a `fetcher`, which does not show its certificate
 *
 * @example Connect to a gRPC server
 * ```ts no-eval
 * import { readFile } from "node:fs/promises";
 * import { readIdentity } from "@acme/mc-mtls";
 *
 * const pfx = await readFile("client.p12");
 * const { cert, key } = await readIdentity({ pfx, passphrase: "keystorepassword" });
 * console.log(cert.length, key.length);
 * // with grpc-js: credentials.createSsl(ca, Buffer.from(key), Buffer.from(cert))
 * ```
 */
export async function readIdentity(credentials: Credentials): Promise<PemIdentity> {
  const fixed = typeof credentials === "function" ? await credentials() : credentials;
  const { files } = readCredentials(fixed);
  if (files === undefined) {
    const message = "Cannot read the identity: a fetcher does not show its certificate";
    throw new McFetchError("no_certificate", message);
  }
  const { cert, key } = await loadIdentity(copyFiles(files));
  return { cert, key };
}
