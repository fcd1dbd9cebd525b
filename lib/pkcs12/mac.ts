/**
 * Integrity of a PFX: RFC 7292 appendix B's MAC, and PBMAC1 of RFC 9579.
 *
 * @module
 */
import { hmac } from "@noble/hashes/hmac.js";
import type { Reader } from "../asn1/reader.ts";
import { INTEGER, NULL } from "../asn1/tags.ts";
import { DIGESTS, type Hash } from "../crypto/hashes.ts";
import { PBKDF2, readHmac, readPbkdf2 } from "../encryption/key_derivation.ts";
import type { Opening } from "../encryption/opening.ts";
import { type PasswordForm, type Passwords, preferForm } from "../encryption/passwords.ts";
import { countRounds } from "../encryption/pbkdf2.ts";
import { ID_MAC, type KdfParameters, pkcs12Kdf } from "../encryption/pkcs12_kdf.ts";
import { malformed, unsupported, wrongPassphrase } from "../errors.ts";

const PBMAC1 = "1.2.840.113549.1.5.14";
/** RFC 9579 section 6 and CVE-2026-34181: a key of one octet is guessed in 256 attempts, which forges the MAC. */
const MIN_PBMAC1_KEY = 20;

/** A MAC with its parameters, ready for a password. */
export interface Mac {
  readonly form: PasswordForm;
  readonly rounds: number;
  readonly hash: Hash;
  /** The MAC that the file has. */
  readonly value: Uint8Array;
  key(password: Uint8Array): Promise<Uint8Array>;
}

/**
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
 * @param budget What the file may cost; the MAC's share is taken from it
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
  const mac = oid === PBMAC1 ? readPbmac1(algorithm, value, opening) : readPkcs12Mac(
    oid,
    algorithm,
    value,
    { salt, iterations: opening.checkIterations(count, "MAC") },
    opening,
  );
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
  parameters: KdfParameters,
  opening: Opening,
): Mac {
  if (algorithm.tag === NULL) algorithm.readElement(NULL, "digest parameters");
  algorithm.expectEnd();
  const hash = DIGESTS.get(oid);
  if (!hash) throw unsupported(opening.file, `the MAC's hash function ${oid}`);
  const length = hash.noble.outputLen;
  return {
    form: "bmp",
    rounds: countRounds(hash, parameters.iterations, length),
    hash,
    value,
    key: (password) => pkcs12Kdf(hash, password, parameters, ID_MAC, length),
  };
}

/**
 *     PBMAC1-params ::= SEQUENCE {
 *         keyDerivationFunc  AlgorithmIdentifier {{PBMAC1-KDFs}},
 *         messageAuthScheme  AlgorithmIdentifier {{PBMAC1-MACs}}
 *     }
 *
 * RFC 9579 section 4: macSalt and iterations of MacData are not used.
 */
function readPbmac1(algorithm: Reader, value: Uint8Array, opening: Opening): Mac {
  const parameters = algorithm.enterSequence("PBMAC1 parameters");
  const function_ = parameters.enterSequence("key derivation");
  const oid = function_.readOid("key derivation");
  if (oid !== PBKDF2) {
    throw unsupported(opening.file, `the key derivation ${oid} in PBMAC1`);
  }
  const derivation = readPbkdf2(function_, opening);
  const hash = readHmac(parameters.enterSequence("message authentication"), opening);
  parameters.expectEnd();
  algorithm.expectEnd();
  // RFC 9579 section 4: keyLength must be there
  const length = derivation.keyLength;
  if (length === undefined) {
    throw malformed(opening.file, "PBMAC1 must have a key length: none is there");
  }
  opening.checkKeyLength(BigInt(length), "PBMAC1", MIN_PBMAC1_KEY);
  return {
    form: "utf8",
    rounds: derivation.rounds(length),
    hash,
    value,
    key: (password) => derivation.derive(password, length),
  };
}

/**
 * Checks that the content is what the MAC was made over, before anything of it is decrypted.
 *
 * @param mac The MAC
 * @param content The contents of authSafe's OCTET STRING
 * @param passwords The forms of the password
 * @param opening Other forms than the first cost extra
 * @returns The forms, with the one that proved right first
 * @throws {McFetchError} `wrong_passphrase`
 */
export async function verifyMac(
  mac: Mac,
  content: Uint8Array,
  passwords: Passwords,
  opening: Opening,
): Promise<Passwords> {
  let attempts = 0;
  for (const password of passwords[mac.form]) {
    if (attempts++ > 0 && !opening.trySpend(mac.rounds)) break;
    const computed = hmac(mac.hash.noble, await mac.key(password), content);
    if (equalInConstantTime(computed, mac.value)) {
      return preferForm(passwords, mac.form, password);
    }
  }
  throw wrongPassphrase(opening.file, passwords.given, "file changed");
}

/** Compares every byte, whatever the first ones are, so that the time does not tell how many are right. */
function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ (b[i] ?? 0);
  return difference === 0;
}
