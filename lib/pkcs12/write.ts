/**
 * Creates a PFX (RFC 7292) with PBES2, AES-256, and a MAC with SHA-256.
 *
 * @module
 */
import { hmac } from "@noble/hashes/hmac.js";
import { NULL } from "../asn1/tags.ts";
import {
  writeBmpString,
  writeElement,
  writeOctets,
  writeOid,
  writeSequence,
} from "../asn1/writer.ts";
import { SHA256 } from "../crypto/hashes.ts";
import { encodePassphrase } from "../encryption/passwords.ts";
import { pbkdf2 } from "../encryption/pbkdf2.ts";
import { ID_MAC, pkcs12Kdf } from "../encryption/pkcs12_kdf.ts";
import { FRIENDLY_NAME, LOCAL_KEY_ID } from "./identifiers.ts";
import {
  type EncryptedContent,
  writeAttribute,
  writeCertBag,
  writeEncryptedSafe,
  writeMacData,
  writePbes2,
  writePbkdf2,
  writePfx,
  writePlainSafe,
  writeShroudedKeyBag,
} from "./writer.ts";

/** NIST SP 800-132, section 5.1: at least 128 bits. */
const SALT_OCTETS = 16;
/** AES-256-CBC. */
const KEY_OCTETS = 32;
const IV_OCTETS = 16;

const SHA_256 = "2.16.840.1.101.3.4.2.1";

type Bytes = Uint8Array<ArrayBuffer>;

/** Contents and parameters of a new PFX. */
interface PfxParts {
  /** PrivateKeyInfo. */
  readonly privateKeyInfo: Uint8Array;
  /** The certificate of the key. */
  readonly leaf: Uint8Array;
  readonly issuers: readonly Uint8Array[];
  readonly passphrase: string;
  /** The iteration count of each of the three key derivations. */
  readonly iterations: number;
  readonly friendlyName: string | undefined;
}

/** Encrypts a key and its certificates into a PFX. */
export async function createPfx(contents: PfxParts): Promise<Bytes> {
  const { privateKeyInfo, leaf, issuers, passphrase, iterations, friendlyName } = contents;
  const attributes = [
    // OpenSSL writes the same value. Java and others pair key and certificate by it.
    writeAttribute(
      LOCAL_KEY_ID,
      writeOctets(new Uint8Array(await crypto.subtle.digest("SHA-1", new Uint8Array(leaf)))),
    ),
    ...friendlyName === undefined
      ? []
      : [writeAttribute(FRIENDLY_NAME, writeBmpString(friendlyName))],
  ];
  const certificates = [
    writeCertBag(leaf, ...attributes),
    ...issuers.map((issuer) => writeCertBag(issuer)),
  ];
  const { bmp, utf8 } = encodePassphrase(passphrase);
  const salt = randomBytes(SALT_OCTETS);
  // WebCrypto derives two keys on threads of its own while this thread derives the key of the MAC.
  const [encryptedCertificates, encryptedKey, macKey] = await Promise.all([
    encryptPbes2(writeSequence(...certificates), utf8[0], iterations),
    encryptPbes2(privateKeyInfo, utf8[0], iterations),
    pkcs12Kdf(SHA256, bmp[0], { salt, iterations }, ID_MAC, SHA256.noble.outputLen),
  ]);
  // AuthenticatedSafe ::= SEQUENCE OF ContentInfo
  const authenticatedSafe = writeSequence(
    writeEncryptedSafe(encryptedCertificates),
    writePlainSafe(writeShroudedKeyBag(encryptedKey, ...attributes)),
  );
  const mac = hmac(SHA256.noble, macKey, authenticatedSafe);
  const algorithm = writeSequence(writeOid(SHA_256), writeElement(NULL));
  return writePfx(authenticatedSafe, writeMacData(algorithm, mac, salt, iterations));
}

/** Encrypts by PBES2 with PBKDF2 and AES-256-CBC (RFC 8018, section 6.2.1). */
async function encryptPbes2(
  plaintext: Uint8Array,
  password: Uint8Array,
  iterations: number,
): Promise<EncryptedContent> {
  const salt = randomBytes(SALT_OCTETS);
  const iv = randomBytes(IV_OCTETS);
  const derived = await pbkdf2(SHA256, password, salt, iterations, KEY_OCTETS);
  const key = await crypto.subtle.importKey("raw", derived, "AES-CBC", false, ["encrypt"]);
  const ciphertext = await crypto.subtle.encrypt(
    { name: "AES-CBC", iv },
    key,
    new Uint8Array(plaintext),
  );
  const algorithm = writePbes2(writePbkdf2(salt, iterations), iv);
  return { algorithm, ciphertext: new Uint8Array(ciphertext) };
}

function randomBytes(octets: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(octets));
}
