/**
 * PBES2: RFC 8018 section 6.2.
 *
 * @module
 */
import type { Reader } from "../asn1/reader.ts";
import { malformed } from "../errors.ts";
import { readDerivation } from "./key_derivation.ts";
import type { Budget } from "./limits.ts";
import type { Scheme } from "./scheme.ts";
import { readCipher } from "./pbes2_ciphers.ts";

export const PBES2 = "1.2.840.113549.1.5.13";

/**
 *     PBES2-params ::= SEQUENCE {
 *         keyDerivationFunc  AlgorithmIdentifier {{PBES2-KDFs}},
 *         encryptionScheme   AlgorithmIdentifier {{PBES2-Encs}}
 *     }
 *
 * @param identifier Behind the object identifier of PBES2
 * @param budget What the file may cost
 */
export function pbes2(identifier: Reader, budget: Budget): Scheme {
  const parameters = identifier.sequence("PBES2 parameters");
  const derivation = readDerivation(parameters.sequence("key derivation"), budget);
  const { cipher, iv } = readCipher(
    parameters.sequence("encryption scheme"),
    budget,
    derivation.keyLength,
  );
  parameters.end();
  identifier.end();
  const { keyLength, blockSize } = cipher;
  if (derivation.keyLength !== undefined && derivation.keyLength !== keyLength) {
    const rule =
      `the key length of its ${derivation.name} must be ${keyLength} bytes for ${cipher.name}`;
    throw malformed(budget.file, `${rule}: current value is ${derivation.keyLength}`);
  }
  // each form of a password is one object throughout, so it serves as a key
  const derived = new Map<Uint8Array, Promise<Uint8Array<ArrayBuffer>>>();
  const derive = (password: Uint8Array) => {
    const key = derived.get(password) ?? derivation.derive(password, keyLength);
    derived.set(password, key);
    return key;
  };
  return {
    name: `PBES2 with ${derivation.name} and ${cipher.name}`,
    form: "utf8",
    rounds: derivation.rounds(keyLength),
    blockSize,
    prepare(password) {
      // a failure is reported where the key is used
      if (derivation.native) derive(password).catch(() => {});
    },
    async decrypt(password, ciphertext) {
      return await cipher.decrypt(await derive(password), iv, ciphertext);
    },
  };
}
