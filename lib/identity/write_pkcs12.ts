/**
 * Writing PKCS#12 (RFC 7292), for programs that take nothing else.
 *
 * @module
 */
import { Budget } from "../encryption/limits.ts";
import { McFetchError } from "../errors.ts";
import type { KeyFile } from "../keys/contents.ts";
import { readPem, writePem } from "../keys/pem.ts";
import { loadIdentity } from "./identity.ts";
import { readKeyFile } from "./key_file.ts";

/** What a PKCS#12 file is made of. */
export interface WritePkcs12Options {
  /** The private key, not encrypted: PKCS#8, PKCS#1 or SEC1, as PEM or DER. */
  readonly key: KeyFile;
  /** The certificate, alone or with its chain, in any order: PEM, DER or PKCS#7. */
  readonly cert: KeyFile;
  /**
   * The certificate's issuers, in any order, where `cert` does not hold them. Certificates that are
   * none of its issuers are left out, here and in `cert`. Default is none.
   */
  readonly chain?: KeyFile | readonly KeyFile[];
  /** Which key is meant where the files hold several: its certificate's SHA-256 fingerprint. */
  readonly alias?: string;
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
  readonly friendlyName?: string;
  /**
   * How often the hash function is applied each time that a key is derived from the passphrase:
   * three times for each opening of the file. At least 1000, at most 5000000. Default is 600000.
   *
   * .NET takes 300000 each time and 1000000 in all: 100000 will do for it. In Cloudflare Workers
   * more than 100000 take seconds, since WebCrypto refuses them there.
   */
  readonly iterations?: number;
}

/** OWASP's figure for PBKDF2 with HMAC-SHA-256; Firefox, NSS and GnuTLS write as many. */
const DEFAULT_ITERATIONS = 600_000;
/** RFC 8018, section 4.2, recommends no fewer. */
const MIN_ITERATIONS = 1_000;
/** What our own reader, the JDK and Bouncy Castle accept. */
const MAX_ITERATIONS = 5_000_000;
/** RFC 2985, appendix A: pkcs-9-ub-friendlyName. */
const MAX_FRIENDLY_NAME = 255;
const FILE = "the PKCS#12 file";

type Bytes = Uint8Array<ArrayBuffer>;

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
 * an option is not one that may be; `wrong_password` when a file that was passed is encrypted itself;
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
  const { passphrase, friendlyName, iterations = DEFAULT_ITERATIONS } = options;
  checkPassphrase(passphrase);
  if (friendlyName !== undefined) checkFriendlyName(friendlyName);
  checkIterations(iterations);
  const { key, leaf, issuers } = await readIdentity(options);

  const { writePfx } = await import("../pkcs12/write.ts");
  return await writePfx({ key, leaf, issuers, passphrase, iterations, friendlyName });
}

/** The PrivateKeyInfo and the certificates, proven to belong together. */
async function readIdentity(
  { key, cert, chain = [], alias }: WritePkcs12Options,
): Promise<{ key: Bytes; leaf: Bytes; issuers: readonly Bytes[] }> {
  const keyFile = copyFile("key", key);
  const certificateFiles = [
    copyFile("cert", cert),
    ...(Array.isArray(chain) ? chain : [chain]).map((file) => copyFile("chain", file)),
  ];
  try {
    const certificates = await Promise.all(certificateFiles.map(readCertificates));
    // one file may hold both, and be given as either
    const identity = await loadIdentity({
      cert: certificates.join("") || keyFile,
      key: keyFile,
      ...(alias !== undefined && { alias }),
    });
    const [leaf, ...issuers] = readPem(identity.cert, FILE).map(({ bytes }) => bytes);
    return { key: readPem(identity.key, FILE)[0]!.bytes, leaf: leaf!, issuers };
  } catch (error) {
    if (!(error instanceof McFetchError) || error.code !== "wrong_password") throw error;
    // its advice is to pass the `passphrase`, which is the new file's here
    const message = `Cannot write ${FILE}: the files that go into it must not be encrypted; ` +
      "take the passphrase off with readPrivateKey or readPkcs12 first";
    throw new McFetchError("wrong_password", message, { cause: error });
  }
}

async function readCertificates(file: KeyFile): Promise<string> {
  const budget = new Budget("the certificate file", {});
  const { certificates } = await readKeyFile(file, undefined, {}, budget);
  return certificates.map(({ certificate }) => writePem("CERTIFICATE", certificate.der)).join("");
}

/** Copied, so that the caller may overwrite it at once. */
function copyFile(name: string, file: unknown): KeyFile {
  if (typeof file === "string") return file;
  if (file instanceof Uint8Array) return new Uint8Array(file);
  if (file instanceof ArrayBuffer) return file.slice(0);
  throw invalid(`${name} must be text or bytes`, typeof file);
}

/** Whatever is wrong with it, the message shows nothing of it. */
function checkPassphrase(passphrase: unknown): void {
  if (typeof passphrase !== "string") {
    throw invalid("passphrase must be a string", typeof passphrase);
  }
  // it protects nothing, and programs do not agree on its bytes: none, or the two of a terminator
  if (passphrase === "") throw invalid("passphrase must not be empty");
  // the end of a line, as it is left when a file is read, which nobody can type afterwards; and
  // halves of characters, which UTF-8 has no bytes for
  if (/[\p{Cc}\p{Cs}]/u.test(passphrase)) {
    throw invalid("passphrase must be one line of text, without control characters");
  }
}

function checkFriendlyName(name: unknown): void {
  if (typeof name !== "string") throw invalid("friendlyName must be a string", typeof name);
  if (name.length < 1 || name.length > MAX_FRIENDLY_NAME) {
    const rule = `the length of friendlyName must be 1 to ${MAX_FRIENDLY_NAME} characters`;
    throw invalid(rule, `${name.length}`);
  }
  if (/\p{Cc}/u.test(name)) {
    throw invalid("friendlyName must be text without control characters", JSON.stringify(name));
  }
  // a BMPString has no others, and BoringSSL refuses the whole file where it has surrogates
  if (/[\ud800-\udfff]/.test(name)) {
    const rule = "friendlyName must be within the Basic Multilingual Plane";
    throw invalid(rule, JSON.stringify(name));
  }
}

function checkIterations(iterations: number): void {
  const fits = Number.isInteger(iterations) && iterations >= MIN_ITERATIONS &&
    iterations <= MAX_ITERATIONS;
  if (fits) return;
  const rule = `iterations must be a whole number from ${MIN_ITERATIONS} to ${MAX_ITERATIONS}`;
  throw invalid(rule, String(iterations));
}

function invalid(rule: string, value?: string): McFetchError {
  const current = value === undefined ? "" : `: current value is ${value}`;
  return new McFetchError("invalid_argument", `Cannot write ${FILE}: ${rule}${current}`);
}
