/**
 * SHA-1 (FIPS 180-4, 6.1.2) of a message that is a SHA-1 digest.
 *
 * @param digest The five words of the digest, replaced by those of its hash
 * @param rounds How often
 */
export function rehashSha1(digest: Int32Array, rounds: number): void {
  const w = new Int32Array(80);
  let h0 = digest[0]!,
    h1 = digest[1]!,
    h2 = digest[2]!,
    h3 = digest[3]!,
    h4 = digest[4]!;
  for (let round = 0; round < rounds; round++) {
    w[0] = h0;
    w[1] = h1;
    w[2] = h2;
    w[3] = h3;
    w[4] = h4;
    // the padding of a message of 160 bits; words 6 to 14 stay zero
    w[5] = 0x80000000 | 0;
    w[15] = 160;
    for (let t = 16; t < 80; t++) {
      const x = w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!;
      w[t] = (x << 1) | (x >>> 31);
    }
    let a = 0x67452301,
      b = 0xefcdab89 | 0,
      c = 0x98badcfe | 0,
      d = 0x10325476,
      e = 0xc3d2e1f0 | 0;
    // five steps at a time, so that no variable has to be moved to the next
    let t = 0;
    for (; t < 20; t += 5) {
      e = (e + ((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + w[t]! +
        0x5a827999) | 0;
      b = (b << 30) | (b >>> 2);
      d = (d + ((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + w[t + 1]! +
        0x5a827999) | 0;
      a = (a << 30) | (a >>> 2);
      c = (c + ((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + w[t + 2]! +
        0x5a827999) | 0;
      e = (e << 30) | (e >>> 2);
      b = (b + ((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + w[t + 3]! +
        0x5a827999) | 0;
      d = (d << 30) | (d >>> 2);
      a = (a + ((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + w[t + 4]! +
        0x5a827999) | 0;
      c = (c << 30) | (c >>> 2);
    }
    for (; t < 40; t += 5) {
      e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w[t]! + 0x6ed9eba1) | 0;
      b = (b << 30) | (b >>> 2);
      d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w[t + 1]! + 0x6ed9eba1) |
        0;
      a = (a << 30) | (a >>> 2);
      c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w[t + 2]! + 0x6ed9eba1) |
        0;
      e = (e << 30) | (e >>> 2);
      b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w[t + 3]! + 0x6ed9eba1) |
        0;
      d = (d << 30) | (d >>> 2);
      a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w[t + 4]! + 0x6ed9eba1) |
        0;
      c = (c << 30) | (c >>> 2);
    }
    for (; t < 60; t += 5) {
      e = (e + ((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + w[t]! -
        0x70e44324) | 0;
      b = (b << 30) | (b >>> 2);
      d = (d + ((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + w[t + 1]! -
        0x70e44324) | 0;
      a = (a << 30) | (a >>> 2);
      c = (c + ((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + w[t + 2]! -
        0x70e44324) | 0;
      e = (e << 30) | (e >>> 2);
      b = (b + ((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + w[t + 3]! -
        0x70e44324) | 0;
      d = (d << 30) | (d >>> 2);
      a = (a + ((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + w[t + 4]! -
        0x70e44324) | 0;
      c = (c << 30) | (c >>> 2);
    }
    for (; t < 80; t += 5) {
      e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w[t]! - 0x359d3e2a) | 0;
      b = (b << 30) | (b >>> 2);
      d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w[t + 1]! - 0x359d3e2a) |
        0;
      a = (a << 30) | (a >>> 2);
      c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w[t + 2]! - 0x359d3e2a) |
        0;
      e = (e << 30) | (e >>> 2);
      b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w[t + 3]! - 0x359d3e2a) |
        0;
      d = (d << 30) | (d >>> 2);
      a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w[t + 4]! - 0x359d3e2a) |
        0;
      c = (c << 30) | (c >>> 2);
    }
    h0 = (0x67452301 + a) | 0;
    h1 = (0xefcdab89 + b) | 0;
    h2 = (0x98badcfe + c) | 0;
    h3 = (0x10325476 + d) | 0;
    h4 = (0xc3d2e1f0 + e) | 0;
  }
  digest[0] = h0;
  digest[1] = h1;
  digest[2] = h2;
  digest[3] = h3;
  digest[4] = h4;
}
