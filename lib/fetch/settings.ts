/**
 * From copied credentials to what a client is opened with.
 *
 * @module
 */
import { Budget } from "../encryption/limits.ts";
import { McFetchError } from "../errors.ts";
import type { KeySource } from "../identity/credentials.ts";
import { loadIdentity } from "../identity/identity.ts";
import { readKeyFile } from "../identity/key_file.ts";
import { writePem } from "../keys/pem.ts";
import type { ClientSettings } from "./runtime/client.ts";

const encoder = new TextEncoder();

/**
 * Names the credentials: equal contents have equal names, however the object was built. The name
 * is a SHA-256 digest, so it shows nothing of them.
 */
export async function digestCredentials(source: KeySource): Promise<string> {
  const { passphrase = null, keyPassphrase = null, alias = null, limits = null, proxy = null, ca } =
    source;
  const parts = [
    ..."pfx" in source ? [source.pfx] : [source.cert, source.key],
    encoder.encode(JSON.stringify([passphrase, keyPassphrase, alias, limits, proxy])),
    ...ca,
  ];
  // Each part by itself first: otherwise bytes could move from one part to the next unseen.
  const digests = await Promise.all(parts.map((part) => crypto.subtle.digest("SHA-256", part)));
  const whole = await crypto.subtle.digest("SHA-256", await new Blob(digests).arrayBuffer());
  const hex = Array.from(new Uint8Array(whole), (byte) => byte.toString(16).padStart(2, "0"));
  return `${"pfx" in source ? "pfx" : "pem"}:${hex.join("")}`;
}

/**
 * Opens the key files.
 *
 * @throws {McFetchError} what is wrong with them; see {@linkcode loadIdentity}
 */
export async function readCredentials(
  { ca, keyPassphrase, limits, proxy, ...files }: KeySource,
): Promise<ClientSettings> {
  const [identity, ...authorities] = await Promise.all([
    loadIdentity(files, { ...limits, ...(keyPassphrase !== undefined && { keyPassphrase }) }),
    ...ca.map(readAuthorities),
  ]);
  return { ...identity, ca: authorities.flat(), ...(proxy !== undefined && { proxy }) };
}

async function readAuthorities(file: Uint8Array): Promise<string[]> {
  const budget = new Budget("the file of authorities, `ca`", {});
  const { certificates } = await readKeyFile(file, undefined, {}, budget);
  if (certificates.length === 0) {
    throw new McFetchError("no_certificate", "Cannot use `ca`: it holds no certificate");
  }
  return certificates.map(({ certificate }) => writePem("CERTIFICATE", certificate.der));
}
