/**
 * The MAC of a PFX (RFC 7292, section 5.1; PBMAC1: RFC 9579, section 4).
 *
 * @module
 */
import { hmac } from "@noble/hashes/hmac.js";
import type { Reader } from "../asn1/reader.ts";
import { INTEGER, NULL } from "../asn1/tags.ts";
import { equalInConstantTime } from "../crypto/bytes.ts";
import { DIGESTS, type Hash } from "../crypto/hashes.ts";
import { STEP, Turns } from "../crypto/turns.ts";
import { PBKDF2, readHmac, readPbkdf2 } from "../encryption/key_derivation.ts";
import type { Opening } from "../encryption/opening.ts";
import { type PasswordForm, type Passwords, preferForm } from "../encryption/passwords.ts";
import { countRounds } from "../encryption/pbkdf2.ts";
import { ID_MAC, pkcs12Kdf } from "../encryption/pkcs12_kdf.ts";
import { malformed, unsupported, wrongPassphrase } from "../errors.ts";

const PBMAC1 = "1.2.840.113549.1.5.14";
/** RFC 9579, section 6, and CVE-2026-34181: 256 attempts forge a MAC with a key of one octet. */
const MIN_PBMAC1_KEY = 20;

/** MAC with its parameters, ready for a password. */
export interface Mac {
  /** The form of the password that the MAC uses. */
  readonly form: PasswordForm;
  /** The cost of one attempt, in hash rounds. */
  readonly rounds: number;
  readonly hash: Hash;
  /** The MAC in the file. */
  readonly value: Uint8Array;
  deriveKey(password: Uint8Array): Promise<Uint8Array>;
}

/**
 * Reads a MacData and charges its cost.
 *
 *     MacData ::= SEQUENCE {
 *         mac         DigestInfo,
 *         macSalt     OCTET STRING,
 *         iterations  INTEGER DEFAULT 1
 *     }
 *     DigestInfo ::= SEQUENCE {
 *         digestAlgorithm  AlgorithmIdentifier,
 *         digest           OCTET STRING
 *     }
 *
 * @param data The contents of MacData
 * @param opening The opening of the file
 */
export function readMac(data: Reader, opening: Opening): Mac {
  const info = data.enterSequence("DigestInfo");
  const algorithm = info.enterSequence("digest algorithm");
  const value = info.readOctets("digest");
  info.expectEnd();
  const salt = opening.checkSalt(data.readOctets("macSalt"), "MAC");
  const count = data.tag === INTEGER ? data.readInteger("iterations") : 1n;
  data.expectEnd();
  const oid = algorithm.readOid("digest algorithm");
  const mac = oid === PBMAC1
    ? readPbmac1(algorithm, value, opening)
    : readPkcs12Mac(oid, algorithm, value, { salt, count }, opening);
  if (value.length !== mac.hash.noble.outputLen) {
    const rule =
      `the digest of its MAC must have ${mac.hash.noble.outputLen} bytes for ${mac.hash.name}`;
    throw malformed(opening.file, `${rule}: current value is ${value.length}`);
  }
  opening.spend(mac.rounds);
  return mac;
}

function readPkcs12Mac(
  oid: string,
  algorithm: Reader,
  value: Uint8Array,
  { salt, count }: { salt: Uint8Array; count: bigint },
  opening: Opening,
): Mac {
  const iterations = opening.checkIterations(count, "MAC");
  if (algorithm.tag === NULL) algorithm.readElement(NULL, "digest parameters");
  algorithm.expectEnd();
  const hash = DIGESTS.get(oid);
  if (!hash) throw unsupported(opening.file, `the MAC's hash function ${oid}`);
  const length = hash.noble.outputLen;
  return {
    form: "bmp",
    rounds: countRounds(hash, iterations, length),
    hash,
    value,
    deriveKey: (password) => pkcs12Kdf(hash, password, { salt, iterations }, ID_MAC, length),
  };
}

/**
 * Reads the parameters of PBMAC1. It does not use macSalt and iterations of MacData.
 *
 *     PBMAC1-params ::= SEQUENCE {
 *         keyDerivationFunc  AlgorithmIdentifier {{PBMAC1-KDFs}},
 *         messageAuthScheme  AlgorithmIdentifier {{PBMAC1-MACs}}
 *     }
 */
function readPbmac1(algorithm: Reader, value: Uint8Array, opening: Opening): Mac {
  const parameters = algorithm.enterSequence("PBMAC1 parameters");
  const identifier = parameters.enterSequence("key derivation");
  const oid = identifier.readOid("key derivation");
  if (oid !== PBKDF2) {
    throw unsupported(opening.file, `the key derivation ${oid} in PBMAC1`);
  }
  const derivation = readPbkdf2(identifier, opening);
  const hash = readHmac(parameters.enterSequence("message authentication"), opening);
  parameters.expectEnd();
  algorithm.expectEnd();
  // RFC 9579, section 4: keyLength is required.
  const length = derivation.keyLength;
  if (length === undefined) {
    throw malformed(opening.file, "PBMAC1 must have a key length: it has none");
  }
  opening.checkKeyLength(BigInt(length), "PBMAC1", MIN_PBMAC1_KEY);
  return {
    form: "utf8",
    rounds: derivation.rounds(length),
    hash,
    value,
    deriveKey: (password) => derivation.derive(password, length),
  };
}

/**
 * Verifies the MAC, before any of the content is decrypted.
 *
 * @param mac The MAC
 * @param content The contents of authSafe's OCTET STRING
 * @param passwords The forms of the passphrase
 * @param opening The opening of the file; each form after the first costs extra
 * @returns The forms, with the correct form first
 * @throws {McFetchError} `wrong_passphrase`
 */
export async function verifyMac(
  mac: Mac,
  content: Uint8Array,
  passwords: Passwords,
  opening: Opening,
): Promise<Passwords> {
  const cost = Math.ceil(content.length / mac.hash.noble.blockLen);
  opening.spend(cost);
  for (const [attempt, password] of passwords[mac.form].entries()) {
    if (attempt > 0 && !opening.trySpend(mac.rounds + cost)) break;
    const computed = await computeMac(mac, await mac.deriveKey(password), content);
    if (equalInConstantTime(computed, mac.value)) {
      return preferForm(passwords, mac.form, password);
    }
  }
  throw wrongPassphrase(opening.file, passwords.given, "file changed");
}

/** Computes the MAC. Its content may have many megabytes. */
async function computeMac(
  { hash }: Mac,
  key: Uint8Array,
  content: Uint8Array,
): Promise<Uint8Array> {
  const computation = hmac.create(hash.noble, key);
  const turns = new Turns();
  for (let at = 0; at < content.length; at += STEP) {
    computation.update(content.subarray(at, at + STEP));
    await turns.take();
  }
  return computation.digest();
}
