/**
 * The opening of one key file: its name, its passphrases, and what it may cost. A key file may come
 * from anywhere, and its writer chose every count in it.
 *
 * @module
 */
import { malformed, tooMuch } from "../errors.ts";

/** Limits for opening a key file. Every file that common tools write is within the defaults. */
export interface Limits {
  /** The largest file, in bytes. Default is 16777216 (16 MiB). */
  readonly maxBytes?: number | undefined;
  /** The largest number of bags or PEM blocks (keys, certificates and others). Default is 1024. */
  readonly maxBags?: number | undefined;
  /** The largest iteration count of one key derivation. Default is 5000000. */
  readonly maxIterations?: number | undefined;
  /** The work of all key derivations of the file, in hash rounds. Default is 20000000, some seconds. */
  readonly maxRounds?: number | undefined;
  /** The memory that scrypt may take, in bytes. Default is 268435456 (256 MiB). */
  readonly maxScryptMemory?: number | undefined;
}

/** How to open a key file. */
export interface ReadOptions {
  /** The passphrase of encrypted contents. Default is none, which is not the same as `""`. */
  readonly passphrase?: string | undefined;
  /** The passphrase of the private keys in a PKCS#12 file, if it is not the file's own. */
  readonly keyPassphrase?: string | undefined;
  /** Limits for opening the file. */
  readonly limits?: Limits | undefined;
}

/** The largest key files are Java's trust stores, of 200 KiB. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Java's largest trust stores hold some 150 certificates. */
const MAX_BAGS = 1024;
/** The JDK and Bouncy Castle accept as many. The most that a common tool writes is 1,200,000. */
export const MAX_ITERATIONS = 5_000_000;
/** Firefox: 600,000 for the MAC and for each of 15 bags with two rounds each, and some to spare. */
const MAX_ROUNDS = 20_000_000;
/** RFC 7914's example for files (N = 2^20, r = 8) takes 1 GiB. Tools write files of 16 to 32 MiB. */
const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024;
/** Producers write 8 to 64 octets. */
const MAX_SALT_OCTETS = 1024;
/** Bouncy Castle writes PBMAC1 keys of 256 octets. No cipher takes more than 56. */
const MAX_KEY_OCTETS = 1024;

/** One file that is being opened. Each method throws what its name checks. */
export class Opening {
  /** The file's name in messages, such as "the PKCS#12 file". */
  readonly file: string;
  readonly passphrase: string | undefined;
  readonly keyPassphrase: string | undefined;
  readonly maxBytes: number;
  readonly #maxIterations: number;
  readonly #maxRounds: number;
  readonly #maxScryptMemory: number;
  readonly #maxBags: number;
  #rounds = 0;
  #bags = 0;

  /**
   * @param file The file's name in messages
   * @param options Passphrases, and limits that differ from the defaults
   */
  constructor(file: string, { passphrase, keyPassphrase, limits = {} }: ReadOptions = {}) {
    this.file = file;
    this.passphrase = passphrase;
    this.keyPassphrase = keyPassphrase;
    this.maxBytes = limits.maxBytes ?? MAX_BYTES;
    this.#maxBags = limits.maxBags ?? MAX_BAGS;
    this.#maxIterations = limits.maxIterations ?? MAX_ITERATIONS;
    this.#maxRounds = limits.maxRounds ?? MAX_ROUNDS;
    this.#maxScryptMemory = limits.maxScryptMemory ?? MAX_SCRYPT_MEMORY;
  }

  /** Returns an iteration count as a number. */
  iterations(count: bigint, field: string): number {
    if (count < 1n) {
      const rule = `the iterations of its ${field} must be >= 1: current value is ${count}`;
      throw malformed(this.file, rule);
    }
    if (count > this.#maxIterations) {
      const problem =
        `the iterations of its ${field} must be <= ${this.#maxIterations}: current value is ${count}`;
      throw tooMuch(this.file, problem, "maxIterations");
    }
    return Number(count);
  }

  /** Charges the rounds of a key derivation. Readers charge all of them before any is computed. */
  spend(rounds: number): void {
    if (this.trySpend(rounds)) return;
    const problem = `the rounds of all key derivations together must be <= ${this.#maxRounds}: ` +
      `current value is ${this.#rounds + rounds}`;
    throw tooMuch(this.file, problem, "maxRounds");
  }

  /** Charges another attempt that the file did not ask for. False if nothing is left. */
  trySpend(rounds: number): boolean {
    if (this.#rounds + rounds > this.#maxRounds) return false;
    this.#rounds += rounds;
    return true;
  }

  /** Counts one bag. */
  countBag(): void {
    if (++this.#bags <= this.#maxBags) return;
    throw tooMuch(this.file, `the number of its bags must be <= ${this.#maxBags}`, "maxBags");
  }

  /** Checks scrypt's memory in bytes (RFC 7914, section 2). */
  checkScryptMemory(bytes: bigint): void {
    if (bytes <= this.#maxScryptMemory) return;
    const problem =
      `the memory of its scrypt must be <= ${this.#maxScryptMemory} bytes: current value is ${bytes}`;
    throw tooMuch(this.file, problem, "maxScryptMemory");
  }

  /** Returns a salt of a length that is allowed. */
  salt(salt: Uint8Array, field: string): Uint8Array {
    if (salt.length <= MAX_SALT_OCTETS) return salt;
    const rule =
      `the salt of its ${field} must have <= ${MAX_SALT_OCTETS} bytes: current value is ${salt.length}`;
    throw malformed(this.file, rule);
  }

  /** Returns the length of a derived key as a number. */
  keyLength(length: bigint, field: string, min = 1): number {
    if (length >= min && length <= MAX_KEY_OCTETS) return Number(length);
    const rule =
      `the key length of its ${field} must be ${min} to ${MAX_KEY_OCTETS} bytes: current value is ${length}`;
    throw malformed(this.file, rule);
  }
}
