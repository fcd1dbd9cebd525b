/**
 * RC2 (RFC 2268), decryption only. Old `.p12` files encrypt their certificates with 40-bit RC2.
 *
 * @module
 */
import { decodeBase64 } from "./base64.ts";
import type { BlockCipher } from "./cbc.ts";

/** RFC 2268, section 2: a permutation of 0 to 255 from the digits of pi. */
const PITABLE: Uint8Array = decodeBase64(
  "2Xj5xBndte0o6f15SqDYncZ+N4MrdlOOYkxkiESL+6IXmln1h7NPE2FFbY0JgX0yvY9A64a3ewvwlSEiXGtOglTWZZPOYLIcc1bAFKeM8dwS" +
    "dcofO77k0UI91DCjPLYmb78O2kZpB1cn8h2bvJRDA/gRx/aQ7z7nBsPVL8hmHtcI6OregFLu94Sqcqw1TWoqlhrScVoVSXRLn9BeBBik7MLg" +
    "QW4PUcvMJJGvUKH0cDmZfDqFI7i0evwCNlslVZcxLV36mOOKkq4F3ykQZ2y6ydMA5s/hnqgsYxYBP1jiiakNODQbqzP/sLtIDF+5sc0uxfPb" +
    "R+WlnHcKpiBo/n/BrQ==",
)!;

/**
 * Returns RC2 with a key of 1 to 128 bytes.
 *
 * @param key The key T
 * @param effectiveBits The effective key length T1 in bits
 */
export function rc2(key: Uint8Array, effectiveBits: number): BlockCipher {
  const k = expandKey(key, effectiveBits);
  return { size: 8, decrypt: (view, at) => decryptBlock(view, at, k) };
}

/** Expands the key (RFC 2268, section 2). */
function expandKey(key: Uint8Array, effectiveBits: number): Uint16Array {
  const l = new Uint8Array(128);
  l.set(key);
  for (let i = key.length; i < 128; i++) {
    l[i] = PITABLE[(l[i - 1]! + l[i - key.length]!) & 255]!;
  }
  const t8 = Math.ceil(effectiveBits / 8);
  const tm = 255 >> (8 * t8 - effectiveBits);
  l[128 - t8] = PITABLE[l[128 - t8]! & tm]!;
  for (let i = 127 - t8; i >= 0; i--) l[i] = PITABLE[l[i + 1]! ^ l[i + t8]!]!;
  return Uint16Array.from({ length: 64 }, (_, i) => l[2 * i]! + 256 * l[2 * i + 1]!);
}

/** Decrypts a block (RFC 2268, section 4), with the words in variables. */
function decryptBlock(view: DataView, at: number, k: Uint16Array): void {
  let r0 = view.getUint16(at, true), r1 = view.getUint16(at + 2, true);
  let r2 = view.getUint16(at + 4, true), r3 = view.getUint16(at + 6, true);
  for (let j = 63; j >= 0; j -= 4) {
    // Section 4.3: an r-mixing round.
    r3 = ((r3 << 11) | (r3 >>> 5)) & 0xffff;
    r3 = (r3 - k[j]! - (r2 & r1) - (~r2 & r0)) & 0xffff;
    r2 = ((r2 << 13) | (r2 >>> 3)) & 0xffff;
    r2 = (r2 - k[j - 1]! - (r1 & r0) - (~r1 & r3)) & 0xffff;
    r1 = ((r1 << 14) | (r1 >>> 2)) & 0xffff;
    r1 = (r1 - k[j - 2]! - (r0 & r3) - (~r0 & r2)) & 0xffff;
    r0 = ((r0 << 15) | (r0 >>> 1)) & 0xffff;
    r0 = (r0 - k[j - 3]! - (r3 & r2) - (~r3 & r1)) & 0xffff;
    // Section 4.4: an r-mashing round follows the fifth and the eleventh r-mixing round.
    if (j === 47 || j === 23) {
      r3 = (r3 - k[r2 & 63]!) & 0xffff;
      r2 = (r2 - k[r1 & 63]!) & 0xffff;
      r1 = (r1 - k[r0 & 63]!) & 0xffff;
      r0 = (r0 - k[r3 & 63]!) & 0xffff;
    }
  }
  view.setUint16(at, r0, true);
  view.setUint16(at + 2, r1, true);
  view.setUint16(at + 4, r2, true);
  view.setUint16(at + 6, r3, true);
}
