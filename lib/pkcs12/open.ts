/**
 * Opens a PFX: verifies the MAC, decrypts the safes, then reads the bags.
 *
 * @module
 */
import type { Opening } from "../encryption/opening.ts";
import { encodePassphrase, mergePasswords, type Passwords } from "../encryption/passwords.ts";
import {
  decrypt,
  type Scheme,
  type StartedDerivation,
  type StartedDerivations,
} from "../encryption/scheme.ts";
import type { OtherCause } from "../errors.ts";
import type { FoundCertificate, FoundKey } from "../keys/contents.ts";
import { readPrivateKeyInfo } from "../keys/pkcs8.ts";
import { readCertificate } from "../keys/x509.ts";
import { type Mac, verifyMac } from "./mac.ts";
import { readPfx, type Safe } from "./pfx.ts";
import { type Bag, readSafeContents } from "./safe_bags.ts";

/** Keys and certificates of a PFX, in the order of the file. */
interface PfxContents {
  readonly keys: readonly FoundKey[];
  readonly certificates: readonly FoundCertificate[];
}

/** Passwords and started key derivations for the parts of a PFX. */
interface Decryption {
  readonly passwords: Passwords;
  readonly started: StartedDerivations;
  /** Another possible cause if no password decrypts a part. */
  readonly cause: OtherCause;
}

/**
 * Opens a PKCS#12 file.
 *
 * @param bytes The file
 * @param opening The opening of the file
 */
export async function openPfx(bytes: Uint8Array, opening: Opening): Promise<PfxContents> {
  const { passphrase, keyPassphrase } = opening;
  const { mac, safes, content } = readPfx(bytes, opening);
  let passwords = encodePassphrase(passphrase);
  let started: StartedDerivations = new Map();
  const others = keyPassphrase === undefined ? undefined : encodePassphrase(keyPassphrase);
  if (mac) {
    started = startDerivations(mac, safes, others ?? passwords);
    passwords = await verifyMac(mac, content, passwords, opening);
  }
  if (others) passwords = mergePasswords(others, passwords);
  const cause = mac && keyPassphrase === undefined ? "other key passphrase" : "";

  // WebCrypto derives the keys of several bags in parallel, on threads of its own.
  const decryption = { passwords, started, cause } as const;
  const opened = await opening.readAll(safes, (safe) => openSafe(safe, decryption, opening));
  const bags = await opening.readAll(opened.flat(), (bag) => openBag(bag, decryption, opening));
  return {
    keys: bags.filter((bag) => "key" in bag),
    certificates: bags.filter((bag) => "certificate" in bag),
  };
}

/**
 * Starts the key derivations of WebCrypto early, so they run while this thread computes the MAC.
 * Skips derivations that cost more than the MAC: a forged file must not cause extra work.
 */
function startDerivations(
  mac: Mac,
  safes: readonly Safe[],
  passwords: Passwords,
): StartedDerivations {
  const started = new Map<Scheme, StartedDerivation>();
  const parts = safes.flatMap((safe): readonly (Bag | Safe)[] =>
    "bags" in safe ? safe.bags : [safe]
  );
  for (const part of parts) {
    if (!("encrypted" in part)) continue;
    const { scheme } = part.encrypted;
    if (!scheme.native || scheme.rounds > mac.rounds) continue;
    const [password] = passwords[scheme.form];
    const key = scheme.derive(password);
    key.catch(() => {}); // The user of the key reports the error.
    started.set(scheme, { password, key });
  }
  return started;
}

async function openSafe(
  safe: Safe,
  { passwords, started, cause }: Decryption,
  opening: Opening,
): Promise<readonly Bag[]> {
  if ("bags" in safe) return safe.bags;
  const contents = await decrypt(safe.encrypted, passwords, opening, started, cause);
  return readSafeContents(contents, opening);
}

async function openBag(
  bag: Bag,
  { passwords, started, cause }: Decryption,
  opening: Opening,
): Promise<FoundKey | FoundCertificate> {
  const { friendlyName, localKeyId } = bag;
  const attributes = {
    ...friendlyName !== undefined && { friendlyName },
    ...localKeyId && { localKeyId },
  };
  if (bag.kind === "certificate") {
    return { certificate: readCertificate(bag.certificate, opening.file), ...attributes };
  }
  const info = bag.kind === "key"
    ? bag.privateKeyInfo
    : await decrypt(bag.encrypted, passwords, opening, started, cause);
  return { key: await readPrivateKeyInfo(info, opening.file), ...attributes };
}
