/**
 * Encryption schemes, and decryption with the forms of a passphrase.
 *
 * @module
 */
import { equalBytes } from "../crypto/bytes.ts";
import { malformed, type OtherCause, wrongPassphrase } from "../errors.ts";
import { isDamaged, isProven, type Plaintext } from "./ciphers.ts";
import type { Opening } from "./opening.ts";
import type { PasswordForm, Passwords } from "./passwords.ts";

/** A key and an IV, derived from a password. */
interface DerivedKey {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly iv: Uint8Array;
}

/** An encryption scheme with its parameters, ready for a password. */
export interface Scheme {
  /** The usual name, for messages. */
  readonly name: string;
  /** The form of the password that the scheme uses. */
  readonly form: PasswordForm;
  /** The cost of one attempt, in hash rounds. */
  readonly rounds: number;
  /** The block's size in bytes; 0 for a stream cipher. */
  readonly blockSize: number;
  /** True if WebCrypto derives the key, on a thread of its own. */
  readonly native: boolean;
  derive(password: Uint8Array): Promise<DerivedKey>;
  decrypt(key: DerivedKey, ciphertext: Uint8Array): Promise<Plaintext>;
}

/** A key derivation that started before its result is needed, and its password. */
export interface StartedDerivation {
  readonly password: Uint8Array;
  readonly key: Promise<DerivedKey>;
}

/** Started derivations, by their scheme. */
export type StartedDerivations = ReadonlyMap<Scheme, StartedDerivation>;

/** A ciphertext and its scheme. */
export interface Encrypted {
  readonly scheme: Scheme;
  readonly ciphertext: Uint8Array;
  /** The name of the plaintext in messages, such as "private key". */
  readonly what: string;
}

/** A cipher takes as long for so many octets as a round of a hash function. */
const OCTETS_PER_ROUND = 8;

/**
 * Decrypts with the first form of the passphrase that is correct.
 *
 * @param encrypted The ciphertext and its scheme
 * @param passwords The forms of the passphrase
 * @param opening The opening of the file; each form after the first costs extra
 * @param started Key derivations that were started earlier
 * @param cause Another possible cause if no form is correct
 * @throws {KeyFileError} `wrong_passphrase`, or `malformed_credentials` if the passphrase is
 * correct and the ciphertext is damaged
 */
export async function decrypt(
  { scheme, ciphertext, what }: Encrypted,
  passwords: Passwords,
  opening: Opening,
  started?: StartedDerivations,
  cause: OtherCause = "",
): Promise<Uint8Array<ArrayBuffer>> {
  const { blockSize } = scheme;
  const isWhole = blockSize === 0 || ciphertext.length % blockSize === 0;
  if (ciphertext.length === 0 || !isWhole) {
    const rule = blockSize > 0 ? `a multiple of ${blockSize} bytes` : "one byte or more";
    throw malformed(
      opening.file,
      `the encrypted ${what} must be ${rule} long: current value is ${ciphertext.length}`,
    );
  }
  const early = started?.get(scheme);
  const cost = Math.ceil(ciphertext.length / OCTETS_PER_ROUND);
  opening.spend(cost);
  for (const [attempt, password] of passwords[scheme.form].entries()) {
    if (attempt > 0 && !opening.trySpend(scheme.rounds + cost)) break;
    await opening.takeTurn();
    const isStarted = early !== undefined && equalBytes(early.password, password);
    const key = await (isStarted ? early.key : scheme.derive(password));
    const plaintext = await scheme.decrypt(key, ciphertext);
    if (isProven(plaintext)) return plaintext.bytes;
    if (isDamaged(plaintext)) {
      throw malformed(opening.file, `the padding of its ${what} is wrong`);
    }
  }
  throw wrongPassphrase(opening.file, passwords.given, cause);
}
