/**
 * Opening a PFX: integrity first, then privacy, then what is in it.
 *
 * @module
 */
import type { FoundCertificate, FoundKey } from "../keys/contents.ts";
import { readPrivateKeyInfo } from "../keys/pkcs8.ts";
import { readCertificate } from "../keys/x509.ts";
import type { Budget } from "../encryption/limits.ts";
import { verifyMac } from "./mac.ts";
import { eitherPassword, passwordForms, type Passwords } from "../encryption/passwords.ts";
import { decrypt } from "../encryption/scheme.ts";
import { type Pfx, readPfx, type Safe } from "./pfx.ts";
import { type Bag, readSafeContents } from "./safe_bags.ts";

/** Everything of interest in a key file, in the order of the file. */
export interface Found {
  readonly keys: readonly FoundKey[];
  readonly certificates: readonly FoundCertificate[];
}

const OTHER_PASSPHRASE =
  ". What is encrypted may have another passphrase than the file: pass it as `keyPassphrase`";

/**
 * The keys and certificates of a PKCS#12 file.
 *
 * @param bytes The file
 * @param passphrase The passphrase; `undefined` where there is none
 * @param keyPassphrase The passphrase of what is encrypted, where it is not the file's own
 * @param budget What the file may cost
 */
export async function openPfx(
  bytes: Uint8Array,
  passphrase: string | undefined,
  keyPassphrase: string | undefined,
  budget: Budget,
): Promise<Found> {
  const pfx = readPfx(bytes, budget);
  let passwords = passwordForms(passphrase);
  const others = keyPassphrase === undefined ? undefined : passwordForms(keyPassphrase);
  if (pfx.mac) {
    prepare(pfx, others ?? passwords);
    passwords = await verifyMac(pfx.mac, pfx.content, passwords, budget);
  }
  if (others) passwords = eitherPassword(others, passwords);
  const hint = pfx.mac && keyPassphrase === undefined ? OTHER_PASSPHRASE : "";

  // the derivations of several bags run side by side where WebCrypto has threads
  const safes = await Promise.all(pfx.safes.map((safe) => openSafe(safe, passwords, budget, hint)));
  const bags = await Promise.all(safes.flat().map((bag) => openBag(bag, passwords, budget, hint)));
  return {
    keys: bags.filter((bag) => "key" in bag),
    certificates: bags.filter((bag) => "certificate" in bag),
  };
}

/**
 * Starts those key derivations that other threads do, while this one computes the MAC; but none that costs more
 * than the MAC itself, so that a forged file is not worth more work to us than it was before.
 */
function prepare({ mac, safes }: Pfx, passwords: Passwords): void {
  for (const safe of safes) {
    for (const part of "bags" in safe ? safe.bags : [safe]) {
      if (!("scheme" in part) || part.scheme.rounds > mac!.rounds) continue;
      part.scheme.prepare?.(passwords[part.scheme.form][0]!);
    }
  }
}

async function openSafe(
  safe: Safe,
  passwords: Passwords,
  budget: Budget,
  hint: string,
): Promise<readonly Bag[]> {
  if ("bags" in safe) return safe.bags;
  return readSafeContents(
    await decrypt(safe.scheme, safe.ciphertext, "safe", passwords, budget, hint),
    budget,
  );
}

async function openBag(
  bag: Bag,
  passwords: Passwords,
  budget: Budget,
  hint: string,
): Promise<FoundKey | FoundCertificate> {
  const { friendlyName, localKeyId } = bag;
  const attributes = {
    ...(friendlyName !== undefined && { friendlyName }),
    ...(localKeyId && { localKeyId }),
  };
  if (bag.kind === "certificate") {
    return {
      certificate: readCertificate(bag.certificate, budget.file),
      ...attributes,
    };
  }
  const info = bag.kind === "key" ? bag.privateKeyInfo : await decrypt(
    bag.scheme,
    bag.ciphertext,
    "private key",
    passwords,
    budget,
    hint,
  );
  return { key: readPrivateKeyInfo(info, budget.file), ...attributes };
}
