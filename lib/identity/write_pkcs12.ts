/**
 * Writing PKCS#12 (RFC 7292), for programs that take nothing else.
 *
 * @module
 */
import { MAX_ITERATIONS, Opening } from "../encryption/opening.ts";
import { invalidArgument, type McFetchError } from "../errors.ts";
import type { FileContents } from "../keys/contents.ts";
import { readPem, writePem } from "../keys/pem.ts";
import { copyFile, readOptions, readText } from "./arguments.ts";
import { withAdvice } from "./entry.ts";
import { loadIdentity } from "./identity.ts";
import { readKeyFile } from "./key_file.ts";

/** What a PKCS#12 file is made of. */
export interface WritePkcs12Options {
  /** The private key, not encrypted: PKCS#8, PKCS#1 or SEC1, as PEM or DER. */
  readonly key: FileContents;
  /** The certificate, alone or with its chain, in any order: PEM, DER or PKCS#7. */
  readonly cert: FileContents;
  /**
   * The certificate's issuers, in any order, where `cert` does not hold them. Certificates that are
   * none of its issuers are left out, here and in `cert`. Default is none.
   */
  readonly chain?: FileContents | readonly FileContents[] | undefined;
  /** Which key is meant where the files hold several: its certificate's SHA-256 fingerprint. */
  readonly alias?: string | undefined;
  /**
   * The passphrase of the new file: one line of text, not empty. Java opens the file only where it is
   * ASCII, BoringSSL (Bun, Android) where it is within the Basic Multilingual Plane, which emoji are
   * not; OpenSSL and NSS open any.
   */
  readonly passphrase: string;
  /**
   * What the file is to call the key; Java calls it the alias. 1 to 255 characters of the Basic
   * Multilingual Plane, so no emoji. Default is no name.
   */
  readonly friendlyName?: string | undefined;
  /**
   * How often the hash function is applied each time that a key is derived from the passphrase:
   * three times for each opening of the file. At least 1000, at most 5000000. Default is 600000.
   *
   * .NET takes 300000 each time and 1000000 in all: 100000 will do for it. In Cloudflare Workers
   * more than 100000 take seconds, since WebCrypto refuses them there.
   */
  readonly iterations?: number | undefined;
}

/** OWASP's figure for PBKDF2 with HMAC-SHA-256; Firefox, NSS and GnuTLS write as many. */
const DEFAULT_ITERATIONS = 600_000;
/** RFC 8018, section 4.2, recommends no fewer. */
const MIN_ITERATIONS = 1_000;
/** RFC 2985, appendix A: pkcs-9-ub-friendlyName. */
const MAX_FRIENDLY_NAME = 255;
const FILE = "the PKCS#12 file";
const ACTION = "write the PKCS#12 file";
const NAMES = [
  ...["key", "cert", "chain", "alias", "passphrase", "friendlyName", "iterations"] as const,
];

/**
 * Writes a private key and its certificate into a PKCS#12 file (`.p12`, `.pfx`), as OpenSSL 3, Java
 * from 8u301, Windows, NSS and browsers read it.
 *
 * Key and certificates are encrypted with AES-256, under keys that PBES2 derives with PBKDF2 and
 * HMAC-SHA-256; the whole file has a MAC with SHA-256. Each of the three has a salt of its own and
 * the same number of iterations: the cheapest of them is what a guesser would try passphrases on.
 *
 * @param options The key, the certificates, and the passphrase of the new file
 * @returns The bytes of the file
 * @throws {McFetchError} `key_mismatch` when the key is not the certificate's; `invalid_argument` when
 * an option is not one that may be; `wrong_passphrase` when a file that was passed is encrypted itself;
 * `malformed_credentials` and others when one cannot be read, as with {@linkcode mcFetch}
 *
 * @example For a colleague whose program takes a `.p12`
 * ```ts no-eval
 * import { writePkcs12 } from "@acme/mc-mtls";
 *
 * const file = await writePkcs12({
 *   key: await Deno.readTextFile("client.key"),
 *   cert: await Deno.readTextFile("client.pem"),
 *   passphrase: "keystorepassword",
 *   friendlyName: "client",
 * });
 * await Deno.writeFile("client.p12", file, { mode: 0o600 });
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
    // One file may hold both, and be passed as either.
    const cert = certificates.join("") || key;
    const identity = await loadIdentity({ cert, key, alias }, "writePkcs12");
    const [leaf, ...issuers] = readPem(identity.cert, FILE).map(({ bytes }) => bytes);
    const info = readPem(identity.key, FILE)[0]!.bytes;
    const { createPfx } = await import("../pkcs12/write.ts");
    return await createPfx({
      key: info,
      leaf: leaf!,
      issuers,
      passphrase,
      iterations,
      friendlyName,
    });
  });
}

async function readCertificates(file: FileContents): Promise<string> {
  const { certificates } = await readKeyFile(file, new Opening("the certificate file"));
  return certificates.map(({ certificate }) => writePem("CERTIFICATE", certificate.der)).join("");
}

/** No message shows anything of it. */
function checkPassphrase(passphrase: unknown): string {
  if (typeof passphrase !== "string") {
    throw invalid(`passphrase must be a string: got ${typeof passphrase}`);
  }
  // An empty one protects nothing, and programs disagree on its bytes.
  if (passphrase === "") throw invalid("passphrase must not be empty");
  // A line end is left over from a file, and nobody can type it. Halves of characters have no UTF-8.
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
    throw invalid(`${rule}: current value is ${JSON.stringify(name)}`);
  }
  // A BMPString has no others, and BoringSSL refuses the whole file if it has surrogates.
  if (/[\ud800-\udfff]/.test(name)) {
    const rule = "friendlyName must be within the Basic Multilingual Plane";
    throw invalid(`${rule}: current value is ${JSON.stringify(name)}`);
  }
  return name;
}

function checkIterations(iterations: unknown): number {
  const fits = Number.isInteger(iterations) && Number(iterations) >= MIN_ITERATIONS &&
    Number(iterations) <= MAX_ITERATIONS;
  if (fits) return Number(iterations);
  const rule = `iterations must be a whole number from ${MIN_ITERATIONS} to ${MAX_ITERATIONS}`;
  throw invalid(`${rule}: current value is ${String(iterations)}`);
}

function invalid(problem: string): McFetchError {
  return invalidArgument(ACTION, problem);
}
