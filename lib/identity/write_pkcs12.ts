/**
 * `writePkcs12`: writes PKCS#12 files (RFC 7292) for programs that require them.
 *
 * @module
 */
import { MAX_ITERATIONS, Opening } from "../encryption/opening.ts";
import { invalidArgument, type McFetchError } from "../errors.ts";
import type { FileContents } from "../keys/contents.ts";
import { writePem } from "../keys/pem.ts";
import { copyFile, readOptions, readText } from "./arguments.ts";
import { withAdvice } from "./entry.ts";
import { selectIdentity } from "./identity.ts";
import { readKeyFile } from "./key_file.ts";
import { showValue } from "../show.ts";

/** Contents and parameters of a new PKCS#12 file. */
export interface WritePkcs12Options {
  /** The private key, not encrypted: PKCS#8, PKCS#1 or SEC 1, as PEM or DER. */
  readonly key: FileContents;
  /** The certificate, with or without its chain, in any order: PEM, DER or PKCS#7. */
  readonly cert: FileContents;
  /**
   * The certificate's issuers, in any order, if `cert` does not contain them. Certificates that are
   * not issuers are omitted, here and in `cert`. Default is none.
   */
  readonly chain?: FileContents | readonly FileContents[] | undefined;
  /** The identity to write if there are several: the certificate's SHA-256 fingerprint. */
  readonly alias?: string | undefined;
  /**
   * The passphrase of the new file: one line of text, not empty. Java supports only ASCII.
   * BoringSSL (Bun, Android) supports the Basic Multilingual Plane, which excludes emoji. OpenSSL
   * and NSS support any text.
   */
  readonly passphrase: string;
  /**
   * The name of the key in the file; Java calls it the alias. 1 to 255 characters of the Basic
   * Multilingual Plane, so no emoji. Default is no name.
   */
  readonly friendlyName?: string | undefined;
  /**
   * The iteration count of each key derivation, 1000 to 5000000. A program derives three keys to
   * open the file. Default is 600000.
   *
   * .NET accepts at most 300000 for each key and 1000000 in total: pass 100000. In Cloudflare
   * Workers more than 100000 iterations take seconds, because WebCrypto rejects them there.
   */
  readonly iterations?: number | undefined;
}

/** OWASP recommends this count for PBKDF2 with HMAC-SHA-256. Firefox, NSS and GnuTLS write it. */
const DEFAULT_ITERATIONS = 600_000;
/** RFC 8018, section 4.2, recommends at least this count. */
const MIN_ITERATIONS = 1_000;
/** RFC 2985, appendix A: pkcs-9-ub-friendlyName. */
const MAX_FRIENDLY_NAME = 255;
const ACTION = "write the PKCS#12 file";
const NAMES = [
  "key",
  "cert",
  "chain",
  "alias",
  "passphrase",
  "friendlyName",
  "iterations",
] as const;

/**
 * Writes a private key and its certificate into a PKCS#12 file (`.p12`, `.pfx`). OpenSSL 3, Java
 * from 8u301, Windows, NSS and browsers read the file.
 *
 * PBES2 encrypts key and certificates with AES-256. PBKDF2 with HMAC-SHA-256 derives the keys. The
 * whole file has a MAC with SHA-256. Each of the three has its own salt. All have the same
 * iteration count, because an attacker would guess passphrases with the cheapest.
 *
 * @param options The key, the certificates, and the passphrase of the new file
 * @returns The bytes of the file
 * @throws {McFetchError} `key_mismatch` if no certificate matches the key; `invalid_argument` if an
 * option is outside its allowed values; `wrong_passphrase` if a passed file is encrypted;
 * `malformed_credentials` and others if a file cannot be read, as with {@linkcode mcFetch}
 *
 * @example Write a `.p12` file for another program
 * ```ts no-eval
 * import { readFile, writeFile } from "node:fs/promises";
 * import { writePkcs12 } from "@acme/mc-mtls";
 *
 * const file = await writePkcs12({
 *   key: await readFile("client.key"),
 *   cert: await readFile("client.pem"),
 *   passphrase: "keystorepassword",
 *   friendlyName: "client",
 * });
 * await writeFile("client.p12", file, { mode: 0o600 });
 * ```
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7292} PKCS #12
 */
export async function writePkcs12(options: WritePkcs12Options): Promise<Uint8Array<ArrayBuffer>> {
  const given = readOptions(ACTION, options, NAMES);
  const passphrase = checkPassphrase(given.passphrase);
  const friendlyName = checkFriendlyName(given.friendlyName);
  const iterations = checkIterations(given.iterations ?? DEFAULT_ITERATIONS);
  const { chain = [] } = given;
  const key = copyFile(ACTION, "key", given.key);
  const certificateFiles = [
    copyFile(ACTION, "cert", given.cert),
    ...(Array.isArray(chain) ? [...chain] : [chain]).map((file) => copyFile(ACTION, "chain", file)),
  ];
  const alias = readText(ACTION, "alias", given.alias);
  return await withAdvice("writePkcs12", async () => {
    const certificates = await Promise.all(certificateFiles.map(readCertificates));
    // One file may contain both key and certificate, passed as `cert` or as `key`.
    const cert = certificates.join("") || key;
    const { leaf, chain, privateKeyInfo } = await selectIdentity({ cert, key, alias });
    const { createPfx } = await import("../pkcs12/write.ts");
    return await createPfx({
      privateKeyInfo,
      leaf: leaf.der,
      issuers: chain.map(({ der }) => der),
      passphrase,
      iterations,
      friendlyName,
    });
  });
}

async function readCertificates(file: FileContents): Promise<string> {
  const opening = new Opening("the certificate file");
  const contents = await readKeyFile(file, opening);
  const { certificates, unread } = contents;
  if (unread.length > 0) {
    const { describeUnread } = await import("./unread.ts");
    throw describeUnread(opening.file, contents);
  }
  return certificates.map(({ certificate }) => writePem("CERTIFICATE", certificate.der)).join("");
}

/** Checks the passphrase. Messages do not show it. */
function checkPassphrase(passphrase: unknown): string {
  if (typeof passphrase !== "string") {
    throw invalid(`passphrase must be a string: got ${typeof passphrase}`);
  }
  // An empty passphrase protects nothing, and programs disagree on its bytes.
  if (passphrase === "") throw invalid("passphrase must not be empty");
  // A line end is a remainder of a file, and nobody can type it. A lone surrogate has no UTF-8.
  if (/[\p{Cc}\p{Cs}]/u.test(passphrase)) {
    throw invalid("passphrase must be one line of text, without control characters");
  }
  return passphrase;
}

function checkFriendlyName(name: unknown): string | undefined {
  if (name === undefined) return undefined;
  if (typeof name !== "string") throw invalid(`friendlyName must be a string: got ${typeof name}`);
  if (name.length < 1 || name.length > MAX_FRIENDLY_NAME) {
    const rule = `the length of friendlyName must be 1 to ${MAX_FRIENDLY_NAME} characters`;
    throw invalid(`${rule}: current value is ${name.length}`);
  }
  if (/\p{Cc}/u.test(name)) {
    const rule = "friendlyName must be text without control characters";
    throw invalid(`${rule}: current value is ${showValue(name)}`);
  }
  // A BMPString has no other characters. BoringSSL rejects the whole file if it has surrogates.
  if (/[\ud800-\udfff]/.test(name)) {
    const rule = "friendlyName must be within the Basic Multilingual Plane";
    throw invalid(`${rule}: current value is ${showValue(name)}`);
  }
  return name;
}

function checkIterations(iterations: unknown): number {
  const fits = Number.isInteger(iterations) && Number(iterations) >= MIN_ITERATIONS &&
    Number(iterations) <= MAX_ITERATIONS;
  if (fits) return Number(iterations);
  const rule = `iterations must be a whole number from ${MIN_ITERATIONS} to ${MAX_ITERATIONS}`;
  throw invalid(`${rule}: current value is ${showValue(iterations)}`);
}

function invalid(problem: string): McFetchError {
  return invalidArgument(ACTION, problem);
}
