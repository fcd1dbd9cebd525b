/**
 * `readPkcs12`: reads `.p12` and `.pfx` files (RFC 7292) for other uses than a request.
 *
 * @module
 */
import { Opening, type ReadOptions } from "../encryption/opening.ts";
import type { FoundCertificate, FoundKey } from "../keys/contents.ts";
import { writePem } from "../keys/pem.ts";
import { copyFile } from "./arguments.ts";
import { buildChain, type BySubject, indexBySubject } from "./chain.ts";
import { withAdvice } from "./entry.ts";
import { detectDerKind } from "./kinds.ts";
import { findLeaf } from "./pairing.ts";
import { copyReadOptions } from "./read_options.ts";
import { readShape } from "./shape.ts";

/** Private key of a PKCS#12 file, with its certificates. */
export interface Pkcs12Identity {
  /** The private key, as PKCS#8 PEM, not encrypted. */
  readonly key: string;
  /** The certificate of this key, as PEM. Missing if the file has none. */
  readonly cert?: string;
  /** The issuers of the certificate, as PEM, nearest first, as far as the file has them. */
  readonly chain: readonly string[];
  /** The key's name in the file; Java calls it the alias. */
  readonly friendlyName?: string;
}

/** Certificate of a PKCS#12 file. */
export interface Pkcs12Certificate {
  /** The certificate, as PEM. */
  readonly cert: string;
  /** The certificate's name in the file. */
  readonly friendlyName?: string;
}

/** Contents of a PKCS#12 file. */
export interface Pkcs12Contents {
  /** One entry for each private key, in the order of the file. */
  readonly identities: readonly Pkcs12Identity[];
  /** Every X.509 certificate, in the order of the file. */
  readonly certificates: readonly Pkcs12Certificate[];
}

const ACTION = "read the PKCS#12 file";
const WANTED = "PKCS#12";

/**
 * Opens a PKCS#12 file and returns all keys and certificates. Skips CRLs and secrets.
 *
 * The public key decides which certificate belongs to a key, not the order or the attributes in the
 * file. If the runtime cannot verify the match (DSA, some curves), `localKeyID` decides.
 *
 * @param file The bytes of the file
 * @param options The passphrases, and limits
 * @returns The private keys with their certificates, and all certificates
 * @throws {McFetchError} `wrong_passphrase`, `malformed_credentials`, `unsupported_algorithm` or
 * `limit_exceeded`; `invalid_argument` if `file` is missing or an option is unknown
 *
 * @example List the keys of a file
 * ```ts no-eval
 * import { readFile } from "node:fs/promises";
 * import { readPkcs12 } from "@acme/mc-mtls";
 *
 * const file = await readFile("client.p12");
 * const { identities } = await readPkcs12(file, { passphrase: "keystorepassword" });
 * for (const { friendlyName, chain } of identities) console.log(friendlyName, chain.length);
 * ```
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7292} PKCS #12
 * @see {@link https://www.rfc-editor.org/rfc/rfc9579} PBMAC1 in PKCS #12
 */
export async function readPkcs12(
  file: Uint8Array | ArrayBuffer,
  options: ReadOptions = {},
): Promise<Pkcs12Contents> {
  const given = copyReadOptions(ACTION, options, ["passphrase", "keyPassphrase", "limits"]);
  const copy = copyFile(ACTION, "file", file);
  return await withAdvice("readPkcs12", async () => {
    const opening = new Opening("the PKCS#12 file", given);
    const shape = await readShape(copy, opening, WANTED);
    // certutil of Windows, and some mail programs, write PKCS#12 as PEM.
    const contents = "bytes" in shape
      ? shape.bytes
      : shape.blocks.find(({ bytes }) => detectDerKind(bytes) === WANTED)?.bytes;
    const { detectKind, wrongKind } = await import("./foreign.ts");
    const kind = contents ? detectKind(contents) : "PEM text";
    // A file of an unknown kind is read as PKCS#12, and the error names the field that is wrong.
    if (contents === undefined || (kind !== WANTED && kind !== undefined)) {
      throw wrongKind(opening.file, WANTED, kind);
    }
    const { openPfx } = await import("../pkcs12/open.ts");
    const { keys, certificates } = await openPfx(contents, opening);
    const subjects = indexBySubject(certificates);
    return {
      identities: await Promise.all(
        keys.map((key) => describeIdentity(key, certificates, subjects, opening)),
      ),
      certificates: certificates.map(({ certificate, friendlyName }) => ({
        cert: writePem("CERTIFICATE", certificate.der),
        ...friendlyName !== undefined && { friendlyName },
      })),
    };
  });
}

async function describeIdentity(
  found: FoundKey,
  certificates: readonly FoundCertificate[],
  subjects: BySubject,
  opening: Opening,
): Promise<Pkcs12Identity> {
  const { leaf } = await findLeaf(found, certificates, opening);
  const friendlyName = found.friendlyName ?? leaf?.friendlyName;
  const chain = leaf ? buildChain(leaf.certificate, subjects) : [];
  return {
    key: writePem("PRIVATE KEY", found.key.der),
    ...leaf && { cert: writePem("CERTIFICATE", leaf.certificate.der) },
    chain: chain.map(({ der }) => writePem("CERTIFICATE", der)),
    ...friendlyName !== undefined && { friendlyName },
  };
}
