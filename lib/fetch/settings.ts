/**
 * From copied credentials to what a client is opened with.
 *
 * @module
 */
import { Opening } from "../encryption/opening.ts";
import { KeyFileError } from "../errors.ts";
import type { CopiedFiles } from "../identity/credentials.ts";
import { withAdvice } from "../identity/entry.ts";
import { loadIdentity } from "../identity/identity.ts";
import { readKeyFile } from "../identity/key_file.ts";
import { writePem } from "../keys/pem.ts";
import type { ClientSettings } from "./runtime/client.ts";

/**
 * Names the credentials: equal contents have equal names, however the object was built. The name
 * is a SHA-256 digest, so it shows nothing of them.
 */
export async function digestCredentials(files: CopiedFiles): Promise<string> {
  const { passphrase = null, keyPassphrase = null, alias = null, limits = null } = files;
  const { proxy = null, extraCa } = files;
  const options = JSON.stringify([passphrase, keyPassphrase, alias, limits, proxy]);
  const parts = [
    ..."pfx" in files ? [files.pfx] : [files.cert, files.key],
    new TextEncoder().encode(options),
    ...extraCa,
  ];
  // Each part by itself first: otherwise bytes could move from one part to the next unseen.
  const digests = await Promise.all(parts.map((part) => crypto.subtle.digest("SHA-256", part)));
  const whole = await crypto.subtle.digest("SHA-256", await new Blob(digests).arrayBuffer());
  const hex = Array.from(new Uint8Array(whole), (byte) => byte.toString(16).padStart(2, "0"));
  return `${"pfx" in files ? "pfx" : "pem"}:${hex.join("")}`;
}

/**
 * Opens the files.
 *
 * @throws {McFetchError} what is wrong with them; see {@linkcode loadIdentity}
 */
export async function openFiles(files: CopiedFiles): Promise<ClientSettings> {
  const { extraCa, proxy } = files;
  const [identity, ...certificates] = await Promise.all([
    loadIdentity(files),
    ...extraCa.map((file) => withAdvice("fetch", () => readCa(file))),
  ]);
  return { ...identity, extraCa: certificates.flat(), ...proxy !== undefined && { proxy } };
}

async function readCa(file: Uint8Array): Promise<string[]> {
  const opening = new Opening("the file of CA certificates, `extraCa`");
  const { certificates } = await readKeyFile(file, opening);
  if (certificates.length === 0) {
    const message = "Cannot use `extraCa`: it holds no certificate";
    throw new KeyFileError("no_certificate", message, "no_ca_certificate");
  }
  return certificates.map(({ certificate }) => writePem("CERTIFICATE", certificate.der));
}
