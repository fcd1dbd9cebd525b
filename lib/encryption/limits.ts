/**
 * The bounds of the decoder: a key file may come from anywhere, and every count in it is the writer's choice.
 *
 * @module
 */
import { malformed, tooMuch } from "../errors.ts";

/** Bounds for opening a key file. The defaults let every file pass that common tools write. */
export interface KeyFileOptions {
  /** The largest file, in bytes. Default is 16777216 (16 MiB). */
  readonly maxBytes?: number;
  /** The largest iteration count of one key derivation. Default is 5000000. */
  readonly maxIterations?: number;
  /** The work of all key derivations of the file together, in hash rounds. Default is 20000000, some seconds. */
  readonly maxRounds?: number;
  /** The memory that scrypt may take, in bytes. Default is 268435456 (256 MiB). */
  readonly maxScryptMemory?: number;
}

/** Bounds for opening a PKCS#12 file. */
export interface Pkcs12Limits extends KeyFileOptions {
  /** The largest number of bags or PEM blocks (keys, certificates and others). Default is 1024. */
  readonly maxBags?: number;
}

/** How to open a PKCS#12 file. */
export interface Pkcs12Options extends Pkcs12Limits {
  /** The passphrase of what is encrypted, where it is not the file's own. */
  readonly keyPassphrase?: string;
}

/** The largest key files are Java's trust stores, of 200 KiB. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Java's largest trust stores hold some 150 certificates. */
const MAX_BAGS = 1024;
/** What the JDK and Bouncy Castle accept; the highest that a common tool writes is 1,200,000. */
const MAX_ITERATIONS = 5_000_000;
/** Firefox: 600,000 for the MAC and for each of 15 bags with two rounds each, and some to spare. */
const MAX_ROUNDS = 20_000_000;
/** RFC 7914's example for files, N = 2^20 with r = 8, takes 1 GiB; what tools write takes 16 to 32 MiB. */
const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024;
/** Producers write 8 to 64 octets. */
const MAX_SALT_OCTETS = 1024;
/** Bouncy Castle writes PBMAC1 keys of 256 octets; no cipher takes more than 56. */
const MAX_KEY_OCTETS = 1024;

/** What opening one file may cost, and what it has cost already. */
export class Budget {
  readonly file: string;
  readonly maxBytes: number;
  readonly #maxIterations: number;
  readonly #maxRounds: number;
  readonly #maxScryptMemory: number;
  readonly #maxBags: number;
  #rounds = 0;
  #bags = 0;

  /**
   * @param file What is being opened, for messages
   * @param options Bounds that differ from the defaults
   */
  constructor(file: string, options: Pkcs12Options = {}) {
    this.file = file;
    this.maxBytes = options.maxBytes ?? MAX_BYTES;
    this.#maxBags = options.maxBags ?? MAX_BAGS;
    this.#maxIterations = options.maxIterations ?? MAX_ITERATIONS;
    this.#maxRounds = options.maxRounds ?? MAX_ROUNDS;
    this.#maxScryptMemory = options.maxScryptMemory ?? MAX_SCRYPT_MEMORY;
  }

  /** An iteration count as a number, when it is one that may be used. */
  iterations(count: bigint, field: string): number {
    if (count < 1n) {
      throw malformed(
        this.file,
        `the iterations of its ${field} must be >= 1: current value is ${count}`,
      );
    }
    if (count > this.#maxIterations) {
      const problem =
        `the iterations of its ${field} must be <= ${this.#maxIterations}: current value is ${count}`;
      throw tooMuch(this.file, problem, "maxIterations");
    }
    return Number(count);
  }

  /** Takes the rounds of a key derivation from what is left. Called for all of them before the first is done. */
  spend(rounds: number): void {
    if (this.#rounds + rounds > this.#maxRounds) {
      const problem = `the rounds of all key derivations together must be <= ${this.#maxRounds}: ` +
        `current value is ${this.#rounds + rounds}`;
      throw tooMuch(this.file, problem, "maxRounds");
    }
    this.#rounds += rounds;
  }

  /** Like `spend`, for another attempt that the file did not ask for: false where nothing is left. */
  trySpend(rounds: number): boolean {
    if (this.#rounds + rounds > this.#maxRounds) return false;
    this.#rounds += rounds;
    return true;
  }

  /** Counts one bag. */
  bag(): void {
    if (++this.#bags > this.#maxBags) {
      throw tooMuch(this.file, `the number of its bags must be <= ${this.#maxBags}`, "maxBags");
    }
  }

  /** scrypt's memory in bytes, RFC 7914 section 2. */
  scryptMemory(bytes: bigint): void {
    if (bytes > this.#maxScryptMemory) {
      const problem =
        `the memory of its scrypt must be <= ${this.#maxScryptMemory} bytes: current value is ${bytes}`;
      throw tooMuch(this.file, problem, "maxScryptMemory");
    }
  }

  /** A salt whose length is one that may be used. */
  salt(salt: Uint8Array, field: string): Uint8Array {
    if (salt.length <= MAX_SALT_OCTETS) return salt;
    const rule =
      `the salt of its ${field} must have <= ${MAX_SALT_OCTETS} bytes: current value is ${salt.length}`;
    throw malformed(this.file, rule);
  }

  /** The length of a derived key as a number. */
  keyLength(length: bigint, field: string, min = 1): number {
    if (length >= min && length <= MAX_KEY_OCTETS) return Number(length);
    const rule =
      `the key length of its ${field} must be ${min} to ${MAX_KEY_OCTETS} bytes: current value is ${length}`;
    throw malformed(this.file, rule);
  }
}
