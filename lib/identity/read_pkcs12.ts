/**
 * `readPkcs12`: reads `.p12` and `.pfx` files (RFC 7292) for other uses than a request.
 *
 * @module
 */
import { Opening, type ReadOptions } from "../encryption/opening.ts";
import { describeKey } from "../keys/algorithms.ts";
import type { FoundCertificate, FoundKey } from "../keys/contents.ts";
import { writePem } from "../keys/pem.ts";
import { copyFile } from "./arguments.ts";
import { buildChain, type BySubject, indexBySubject } from "./chain.ts";
import { withAdvice } from "./entry.ts";
import { detectDerKind } from "./kinds.ts";
import { findLeaves, type FoundLeaves, indexByPublicKey, selectLeaf } from "./pairing.ts";
import { copyReadOptions } from "./read_options.ts";
import { readShape } from "./shape.ts";

/** Private key of a PKCS#12 file, with its certificates. */
export interface Pkcs12Identity {
  /** The private key of any algorithm, as PKCS#8 PEM, not encrypted. */
  readonly key: string;
  /** The kind of the key, such as "RSA 2048", or the object identifier of an unknown algorithm. */
  readonly keyType: string;
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
 * file. If the runtime cannot verify the match (DSA, some curves, unknown algorithms), `localKeyID`
 * decides. Of several certificates of a key, `cert` is valid now, if any is, and valid for the
 * longest time.
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
        (await findOwnLeaves(keys, certificates, opening))
          .map(([key, leaf]) => describeIdentity(key, leaf, subjects)),
      ),
      certificates: certificates.map(({ certificate, friendlyName }) => ({
        cert: writePem("CERTIFICATE", certificate.der),
        ...friendlyName !== undefined && { friendlyName },
      })),
    };
  });
}

/** Finds the certificate of each private key. */
async function findOwnLeaves(
  keys: readonly FoundKey[],
  certificates: readonly FoundCertificate[],
  opening: Opening,
): Promise<[FoundKey, FoundCertificate | undefined][]> {
  const index = await indexByPublicKey(certificates, new Date());
  const found: FoundLeaves[] = [];
  for (const key of keys) found.push(await findLeaves(key, index, opening));
  const counts = new Map<FoundCertificate | undefined, number>();
  for (const { leaves: [first] } of found) counts.set(first, (counts.get(first) ?? 0) + 1);
  return found.flatMap(({ leaves }, i) => {
    const [key, count = 0] = [keys[i], counts.get(leaves[0])];
    return key ? [[key, selectLeaf(key, count > 1, leaves)]] : [];
  });
}

async function describeIdentity(
  found: FoundKey,
  leaf: FoundCertificate | undefined,
  subjects: BySubject,
): Promise<Pkcs12Identity> {
  const friendlyName = found.friendlyName ?? leaf?.friendlyName;
  const chain = leaf ? await buildChain(leaf.certificate, subjects) : [];
  return {
    key: writePem("PRIVATE KEY", found.key.der),
    keyType: describeKey(found.key.kind),
    ...leaf && { cert: writePem("CERTIFICATE", leaf.certificate.der) },
    chain: chain.map(({ der }) => writePem("CERTIFICATE", der)),
    ...friendlyName !== undefined && { friendlyName },
  };
}
