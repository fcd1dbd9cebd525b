/**
 * The opening of one key file: its name, its passphrases, and its limits. A key file may come from
 * anywhere, and its writer chose every count in it.
 *
 * @module
 */
import { Turns } from "../crypto/turns.ts";
import { limitExceeded, malformed } from "../errors.ts";
import { showValue } from "../show.ts";

/** Limits for opening a key file. The files of common tools are within the defaults. */
export interface Limits {
  /** The largest file, in bytes or characters. Default is 2097152 (2 MiB). */
  readonly maxBytes?: number | undefined;
  /**
   * The largest number of parts in a file: bags and safes of PKCS#12, blocks of PEM, certificates
   * of PKCS#7, entries and certificates of a Java keystore. Default is 1024.
   */
  readonly maxBags?: number | undefined;
  /** The largest iteration count of one key derivation. Default is 5000000. */
  readonly maxIterations?: number | undefined;
  /**
   * The cost of the whole opening: key derivations, decryption, and the proof of keys, in rounds of
   * a hash function. Default is 20000000, some seconds.
   */
  readonly maxRounds?: number | undefined;
  /** The largest memory of scrypt, in bytes. Default is 268435456 (256 MiB). */
  readonly maxScryptMemory?: number | undefined;
}

/** Passphrases and limits for reading a key file. */
export interface ReadOptions {
  /** The passphrase of encrypted contents. Default is none, which is not the same as `""`. */
  readonly passphrase?: string | undefined;
  /**
   * The passphrase of the private keys in a PKCS#12 file or a Java keystore, if it is not that of
   * the file.
   */
  readonly keyPassphrase?: string | undefined;
  /** Limits for opening the file. */
  readonly limits?: Limits | undefined;
}

/** 1024 certificates as PEM. The largest files of tools are Java's trust stores: 200 KiB. */
export const MAX_BYTES: number = 2 * 1024 * 1024;
/** Java's largest trust stores hold some 150 certificates. */
const MAX_BAGS = 1024;
/** The JDK and Bouncy Castle have the same limit. No common tool writes more than 1,200,000. */
export const MAX_ITERATIONS = 5_000_000;
/**
 * Firefox: 600,000 for the MAC, and for 15 bags with two rounds each. Some rounds are in reserve.
 */
const MAX_ROUNDS = 20_000_000;
/** The file example of RFC 7914 (N = 2^20, r = 8) needs 1 GiB. Files of tools need 16 to 32 MiB. */
const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024;
/** Producers write 8 to 64 octets. */
const MAX_SALT_OCTETS = 1024;
/** Bouncy Castle writes PBMAC1 keys of 256 octets. No cipher key is longer than 56. */
const MAX_KEY_OCTETS = 1024;

/** A file that is being opened. A `check` method throws if a value breaks its limit. */
export class Opening {
  /** The file's name in messages, such as "the PKCS#12 file". */
  readonly file: string;
  readonly passphrase: string | undefined;
  readonly keyPassphrase: string | undefined;
  /** The largest file, in bytes or characters. */
  readonly maxBytes: number;
  readonly maxBags: number;
  readonly #maxIterations: number;
  readonly #maxRounds: number;
  readonly #maxScryptMemory: number;
  readonly #turns = new Turns();
  #rounds = 0;
  #parts = 0;

  /**
   * Starts with nothing spent.
   *
   * @param file The file's name in messages
   * @param options Passphrases, and limits that differ from the defaults
   */
  constructor(file: string, { passphrase, keyPassphrase, limits = {} }: ReadOptions = {}) {
    this.file = file;
    this.passphrase = passphrase;
    this.keyPassphrase = keyPassphrase;
    this.maxBytes = limits.maxBytes ?? MAX_BYTES;
    this.maxBags = limits.maxBags ?? MAX_BAGS;
    this.#maxIterations = limits.maxIterations ?? MAX_ITERATIONS;
    this.#maxRounds = limits.maxRounds ?? MAX_ROUNDS;
    this.#maxScryptMemory = limits.maxScryptMemory ?? MAX_SCRYPT_MEMORY;
  }

  /** Checks an iteration count and returns it as a number. */
  checkIterations(count: bigint, field: string): number {
    if (count < 1n) {
      const rule = `the iterations of its ${field} must be >= 1: current value is ${
        showValue(count)
      }`;
      throw malformed(this.file, rule);
    }
    if (count > this.#maxIterations) {
      const problem =
        `the iterations of its ${field} must be <= ${this.#maxIterations}: current value is ${
          showValue(count)
        }`;
      throw limitExceeded(this.file, problem, "maxIterations");
    }
    return Number(count);
  }

  /** Charges work, in hash rounds, before it is done. */
  spend(rounds: number): void {
    if (this.trySpend(rounds)) return;
    const problem = `the rounds of all key derivations together must be <= ${this.#maxRounds}: ` +
      `current value is ${this.#rounds + rounds}`;
    throw limitExceeded(this.file, problem, "maxRounds");
  }

  /** Charges another attempt. Returns false if the remaining rounds do not suffice. */
  trySpend(rounds: number): boolean {
    if (this.#rounds + rounds > this.#maxRounds) return false;
    this.#rounds += rounds;
    return true;
  }

  /** Counts one part of the file: a bag, a safe, a PEM block, or a certificate of PKCS#7. */
  countBag(): void {
    if (++this.#parts <= this.maxBags) return;
    const problem = `the number of its parts must be <= ${this.maxBags}`;
    throw limitExceeded(this.file, problem, "maxBags");
  }

  /** Gives the event loop its turn if the opening has blocked it for long enough. */
  async takeTurn(): Promise<void> {
    await this.#turns.take();
  }

  /**
   * Starts to read all parts, with turns of the event loop, and waits for all of them. WebCrypto
   * works on several of them at once.
   */
  async readAll<Part, Result>(
    parts: Iterable<Part>,
    read: (part: Part) => Promise<Result>,
  ): Promise<Result[]> {
    const results: Promise<Result>[] = [];
    for (const part of parts) {
      const result = read(part);
      result.catch(() => {}); // reported below
      results.push(result);
      await this.takeTurn();
    }
    return await Promise.all(results);
  }

  /** Checks the memory of scrypt, in bytes (RFC 7914, section 2). */
  checkScryptMemory(bytes: bigint): void {
    if (bytes <= this.#maxScryptMemory) return;
    const problem =
      `the memory of its scrypt must be <= ${this.#maxScryptMemory} bytes: current value is ${
        showValue(bytes)
      }`;
    throw limitExceeded(this.file, problem, "maxScryptMemory");
  }

  /** Checks the length of a salt and returns the salt. */
  checkSalt(salt: Uint8Array, field: string): Uint8Array {
    if (salt.length <= MAX_SALT_OCTETS) return salt;
    const rule =
      `the salt of its ${field} must have <= ${MAX_SALT_OCTETS} bytes: current value is ${salt.length}`;
    throw malformed(this.file, rule);
  }

  /** Checks the length of a derived key and returns the length as a number. */
  checkKeyLength(length: bigint, field: string, min = 1): number {
    if (length >= min && length <= MAX_KEY_OCTETS) return Number(length);
    const rule =
      `the key length of its ${field} must be ${min} to ${MAX_KEY_OCTETS} bytes: current value is ${
        showValue(length)
      }`;
    throw malformed(this.file, rule);
  }
}
