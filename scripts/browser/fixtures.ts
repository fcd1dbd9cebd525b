/**
 * Files for the page: fixtures, and certificates that are made now since they depend on the date.
 *
 * @module
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type CertificateParts,
  DAY,
  readPublicKeyInfo,
  writeCertificatePem,
  writeName,
} from "../../tests/support/certificates.ts";
import { CACHE, ROOT } from "../runtimes.ts";

/** The folder of the fixtures. */
export const FIXTURES: string = join(ROOT, "tests", "fixtures");

/** The passphrase of the fixtures. */
export const PASSPHRASE = "changeit";

/** A name that is markup, reverses the direction of text, and rings a bell. */
const HOSTILE = `<img src=x onerror="alert(1)">\u202Egnp.exe\u0007`;

/** A name in a script that is written from right to left. It has no invisible characters. */
const HEBREW = "שלום";

const validity = (from: number, to: number): Partial<CertificateParts> => ({
  from: new Date(Date.now() + from * DAY),
  to: new Date(Date.now() + to * DAY),
});

/** The parts of certificates for the key of the fixtures' client. */
const PARTS: Readonly<Record<string, Partial<CertificateParts>>> = {
  "expired.pem": { ...validity(-400, -35), subject: writeName("an expired client") },
  "future.pem": { ...validity(10, 375), subject: writeName("a client of next week") },
  "hostile.pem": { subject: writeName(HOSTILE) },
  "hebrew.pem": { subject: writeName(HEBREW) },
  "client-2026.pem": { ...validity(-340, 25), subject: writeName("payments-client") },
};

/** Writes the files, each a certificate with its key, and returns their folder. */
export async function writeFiles(): Promise<string> {
  const folder = join(CACHE, "browser");
  await mkdir(folder, { recursive: true });
  const key = await readFile(join(FIXTURES, "client.pkcs8.key"), "utf8");
  const ca = await readFile(join(FIXTURES, "ca.pem"), "utf8");
  const publicKeyInfo = readPublicKeyInfo("client.pem");
  for (const [name, parts] of Object.entries(PARTS)) {
    const certificate = writeCertificatePem({ publicKeyInfo, ...parts });
    await writeFile(join(folder, name), certificate + ca + key);
  }
  return folder;
}
