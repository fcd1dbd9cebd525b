/**
 * From copied credentials to what a client is opened with.
 *
 * @module
 */
import { removeCopies, toKey } from "../crypto/bytes.ts";
import { type Limits, Opening } from "../encryption/opening.ts";
import { KeyFileError } from "../errors.ts";
import type { CheckedFiles } from "../identity/credentials.ts";
import { withAdvice } from "../identity/entry.ts";
import { loadIdentity } from "../identity/identity.ts";
import { readKeyFile } from "../identity/key_file.ts";
import type { FileContents } from "../keys/contents.ts";
import { writePem } from "../keys/pem.ts";
import type { ClientSettings } from "./runtime/client.ts";

/**
 * Opens the files.
 *
 * @throws {McFetchError} what is wrong with them; see {@linkcode loadIdentity}
 */
export async function openFiles(files: CheckedFiles): Promise<ClientSettings> {
  const { extraCa, proxy, limits } = files;
  const [identity, ...certificates] = await Promise.all([
    loadIdentity(files),
    ...extraCa.map((file) => withAdvice("extraCa", () => readCa(file, limits))),
  ]);
  return { ...identity, extraCa: certificates.flat(), ...proxy !== undefined && { proxy } };
}

async function readCa(file: FileContents, limits: Limits | undefined): Promise<string[]> {
  const opening = new Opening("the file of CA certificates, `extraCa`", { limits });
  const contents = await readKeyFile(file, opening);
  const { certificates, unread } = contents;
  if (unread.length > 0) {
    const { describeUnread } = await import("../identity/unread.ts");
    throw describeUnread(opening.file, contents);
  }
  if (certificates.length === 0) {
    const message = "Cannot use `extraCa`: it holds no certificate";
    throw new KeyFileError("no_certificate", message, "no_ca_certificate");
  }
  return removeCopies(certificates, ({ certificate }) => toKey(certificate.der)).map((
    { certificate },
  ) => writePem("CERTIFICATE", certificate.der));
}
