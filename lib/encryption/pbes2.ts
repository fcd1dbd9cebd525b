/**
 * PBES2 (RFC 8018, section 6.2).
 *
 * @module
 */
import type { Reader } from "../asn1/reader.ts";
import { malformed } from "../errors.ts";
import { readDerivation } from "./key_derivation.ts";
import type { Opening } from "./opening.ts";
import { readCipher } from "./pbes2_ciphers.ts";
import type { Scheme } from "./scheme.ts";

export const PBES2 = "1.2.840.113549.1.5.13";

/**
 * Reads the parameters of PBES2.
 *
 *     PBES2-params ::= SEQUENCE {
 *         keyDerivationFunc  AlgorithmIdentifier {{PBES2-KDFs}},
 *         encryptionScheme   AlgorithmIdentifier {{PBES2-Encs}}
 *     }
 *
 * @param identifier The AlgorithmIdentifier, after its object identifier
 * @param opening The opening of the file
 */
export function readPbes2(identifier: Reader, opening: Opening): Scheme {
  const parameters = identifier.enterSequence("PBES2 parameters");
  const derivation = readDerivation(parameters.enterSequence("key derivation"), opening);
  const { cipher, iv } = readCipher(
    parameters.enterSequence("encryption scheme"),
    opening,
    derivation.keyLength,
  );
  parameters.expectEnd();
  identifier.expectEnd();
  const { keyLength, blockSize } = cipher;
  if (derivation.keyLength !== undefined && derivation.keyLength !== keyLength) {
    const rule =
      `the key length of its ${derivation.name} must be ${keyLength} bytes for ${cipher.name}`;
    throw malformed(opening.file, `${rule}: current value is ${derivation.keyLength}`);
  }
  return {
    name: `PBES2 with ${derivation.name} and ${cipher.name}`,
    form: "utf8",
    rounds: derivation.rounds(keyLength),
    blockSize,
    native: derivation.native,
    derive: async (password) => ({ key: await derivation.derive(password, keyLength), iv }),
    decrypt: ({ key, iv }, ciphertext) => cipher.decrypt(key, iv, ciphertext),
  };
}
