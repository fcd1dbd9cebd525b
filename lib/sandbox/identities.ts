/**
 * The client certificates of the sandbox, and their files.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DAY } from "../keys/validity.ts";
import { certificatePem, issue, type Issued, keyPem, writeP12 } from "./pki.ts";

/** The passphrase of the sandbox's `.p12` files. Mastercard's guide uses the same one. */
export const PASSPHRASE = "keystorepassword";

/** Name of one of the sandbox's client certificates. */
export type SandboxIdentity = "client" | "expired" | "foreign" | "revoked";

/** The identities. Each has the files `NAME.p12`, `NAME.pem` and `NAME.key`. */
export const IDENTITIES: readonly SandboxIdentity[] = ["client", "expired", "foreign", "revoked"];

/** Identity with the CA that issued it. */
type Identity = readonly [Issued, Issued];

/** Issues the client certificates. */
export async function issueIdentities(ca: Issued): Promise<Record<SandboxIdentity, Identity>> {
  const otherCa = await issue({ commonName: "another CA", use: "ca" });
  // Mastercard's sandbox names certificates so: seconds, environment, customer.
  const commonName = `${Math.floor(Date.now() / 1000)}-Client-MTF-000000`;
  const request = { commonName, use: "client" } as const;
  const past = {
    notBefore: new Date(Date.now() - 30 * DAY),
    notAfter: new Date(Date.now() - DAY),
  };
  const [client, expired, foreign] = await Promise.all([
    issue(request, ca),
    issue({ ...request, ...past }, ca),
    issue(request, otherCa),
  ]);
  const revoked = await issue(request, ca, client.keys); // to make an RSA key takes most of the start
  return {
    client: [client, ca],
    expired: [expired, ca],
    foreign: [foreign, otherCa],
    revoked: [revoked, ca],
  };
}

/** Returns the serial number of a certificate as `node:tls` shows it. */
export function serialNumberOf({ certificate }: Issued): string {
  const bytes = certificate.serialNumber.valueBlock.valueHexView;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase();
}

/** Writes `ca.pem`, `ca.key` and the files of each identity. */
export async function writeIdentities(
  directory: string,
  ca: Issued,
  identities: Readonly<Record<SandboxIdentity, Identity>>,
): Promise<void> {
  const write = async (name: string, contents: string | Uint8Array, mode = 0o600) =>
    await writeFile(join(directory, name), contents, { mode });
  await write("ca.pem", certificatePem(ca), 0o644);
  await write("ca.key", await keyPem(ca));
  for (const name of IDENTITIES) {
    const [identity, issuer] = identities[name];
    await write(`${name}.pem`, certificatePem(identity), 0o644);
    await write(`${name}.key`, await keyPem(identity));
    await write(`${name}.p12`, await writeP12(identity, issuer, PASSPHRASE));
  }
}

/** The names of the files in the sandbox's folder. */
export const FILES: readonly string[] = [
  ...["ca.pem", "ca.key"],
  ...IDENTITIES.flatMap((name) => [`${name}.pem`, `${name}.key`, `${name}.p12`]),
];
