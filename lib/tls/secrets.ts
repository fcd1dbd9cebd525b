/**
 * The keys of a TLS 1.3 handshake (RFC 8446, section 7.1), as far as the server's messages need
 * them.
 *
 * @module
 */
import { concat } from "../crypto/bytes.ts";
import type { KeyShare } from "./client_hello.ts";
import { GROUPS } from "./parameters.ts";
import { TlsFormatError, writeNumber, writeVector } from "./vectors.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A key, and its agreement with the key of the other side. */
export interface Agreement {
  readonly share: KeyShare;
  /** Computes the shared secret. */
  agree(publicKey: Bytes): Promise<Bytes>;
}

/** Makes a key for a group of {@linkcode GROUPS}. */
export async function makeAgreement(group: number): Promise<Agreement> {
  const parameters = GROUPS.get(group);
  if (parameters === undefined) throw new TlsFormatError(`the group ${group} was not offered`);
  const { curve, bits } = parameters;
  const name = curve === "X25519" ? "X25519" : "ECDH";
  const algorithm = { name, namedCurve: curve };
  const pair = await crypto.subtle.generateKey(algorithm, false, ["deriveBits"]) as CryptoKeyPair;
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return {
    share: { group, publicKey },
    async agree(publicKey) {
      const other = await crypto.subtle.importKey("raw", publicKey, algorithm, true, []);
      const secret = await crypto.subtle.deriveBits({ name, public: other }, pair.privateKey, bits);
      return new Uint8Array(secret);
    },
  };
}

/** Decrypts the records that the server sends in its handshake, in their order. */
export type Decrypt = (header: Bytes, body: Bytes) => Promise<Bytes>;

/** Returns the hash of a cipher suite of TLS 1.3. */
export function hashOf(cipherSuite: number): "SHA-256" | "SHA-384" {
  return cipherSuite === 0x1302 ? "SHA-384" : "SHA-256";
}

/**
 * Derives the key of the server's handshake messages.
 *
 * @param secret The shared secret of the key agreement
 * @param transcript The messages from the client's hello to the server's
 */
export async function deriveServerKey(
  cipherSuite: number,
  secret: Bytes,
  transcript: Bytes,
): Promise<Decrypt> {
  const hash = hashOf(cipherSuite);
  const length = hash === "SHA-384" ? 48 : 32;
  const digest = async (bytes: Bytes) => new Uint8Array(await crypto.subtle.digest(hash, bytes));
  const hmac = async (key: Bytes, bytes: Bytes) => {
    const algorithm = { name: "HMAC", hash };
    const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytes));
  };
  /** HKDF-Expand-Label. One block of HMAC is enough for every length that is needed here. */
  const expand = async (key: Bytes, label: string, context: Bytes, size: number) => {
    const name = writeVector(1, new TextEncoder().encode(`tls13 ${label}`));
    const info = concat([writeNumber(size, 2), name, writeVector(1, context), writeNumber(1, 1)]);
    return (await hmac(key, info)).slice(0, size);
  };
  const none = new Uint8Array(0);
  const early = await hmac(new Uint8Array(length), new Uint8Array(length));
  const derived = await expand(early, "derived", await digest(none), length);
  const handshake = await hmac(derived, secret);
  const server = await expand(handshake, "s hs traffic", await digest(transcript), length);
  const keyBytes = await expand(server, "key", none, hash === "SHA-384" ? 32 : 16);
  const key = await crypto.subtle.importKey("raw", keyBytes, "AES-GCM", false, ["decrypt"]);
  const iv = await expand(server, "iv", none, 12);
  let sequence = 0;
  return async (header, body) => {
    const nonce = iv.slice();
    const last = new DataView(nonce.buffer, 8); // 32 bits count more records than are ever read
    last.setUint32(0, last.getUint32(0) ^ sequence++);
    const algorithm = { name: "AES-GCM", iv: nonce, additionalData: header };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, body));
  };
}
