import { assertEquals } from "@std/assert";
import test from "node:test";
import { aes } from "../../lib/crypto/aes_block.ts";
import { blowfish } from "../../lib/crypto/blowfish.ts";
import { camellia } from "../../lib/crypto/camellia.ts";
import { cast5 } from "../../lib/crypto/cast5.ts";
import { type BlockCipher, decryptCbc } from "../../lib/crypto/cbc.ts";
import { des } from "../../lib/crypto/des.ts";
import { idea } from "../../lib/crypto/idea.ts";
import { rc2 } from "../../lib/crypto/rc2.ts";
import { decryptRc4 } from "../../lib/crypto/rc4.ts";
import { seed } from "../../lib/crypto/seed.ts";

function hex(digits: string): Uint8Array {
  return Uint8Array.from(
    digits.replaceAll(" ", "").match(/../g) ?? [],
    (pair) => parseInt(pair, 16),
  );
}

/** A ciphertext of one block gives the plaintext. */
function decrypts(cipher: BlockCipher, ciphertext: string, plaintext: string): void {
  const block = new Uint8Array(hex(ciphertext));
  cipher.decrypt(new DataView(block.buffer), 0);
  assertEquals(block, new Uint8Array(hex(plaintext)));
}

test("AES: FIPS 197 appendix C, and its appendix B", () => {
  const plaintext = "00112233445566778899aabbccddeeff";
  const key = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  decrypts(aes(key.slice(0, 16)), "69c4e0d86a7b0430d8cdb78070b4c55a", plaintext);
  decrypts(aes(key.slice(0, 24)), "dda97ca4864cdfe06eaf70a0ec0d7191", plaintext);
  decrypts(aes(key), "8ea2b7ca516745bfeafc49904b496089", plaintext);
  const other = aes(hex("2b7e151628aed2a6abf7158809cf4f3c"));
  decrypts(other, "3925841d02dc09fbdc118597196a0b32", "3243f6a8885a308d313198a2e0370734");
});

test("AES: NIST SP 800-38A, section F.2.4, in CBC mode with 192 bits", async () => {
  const cipher = aes(hex("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"));
  const ciphertext = "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a";
  assertEquals(
    await decryptCbc(cipher, hex("000102030405060708090a0b0c0d0e0f"), hex(ciphertext)),
    new Uint8Array(hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")),
  );
});

test("DES: NIST SP 800-17 tables A.1 to A.4, the first and last rows", () => {
  decrypts(des(hex("0101010101010101")), "95f8a5e5dd31d900", "8000000000000000");
  decrypts(des(hex("0101010101010101")), "166b40b44aba4bd6", "0000000000000001");
  decrypts(des(hex("8001010101010101")), "95a8d72813daa94d", "0000000000000000");
  decrypts(des(hex("0101010101010102")), "869efd7f9f265a09", "0000000000000000");
  decrypts(des(hex("1046913489980131")), "88d55e54f54c97b4", "0000000000000000");
  decrypts(des(hex("7ca110454a1a6e57")), "690f5b0d9a26939b", "01a1d6d039776742");
});

test("TDES: NIST SP 800-67 appendix B.1", () => {
  const key = hex("0123456789abcdef 23456789abcdef01 456789abcdef0123");
  decrypts(des(key), "a826fd8ce53b855f", "5468652071756663");
  decrypts(des(key), "cce21c8112256fe6", "6b2062726f776e20");
  decrypts(des(key), "68d5c05dd9b6b900", "666f78206a756d70");
});

test("TDES with equal keys is DES, and with two keys uses the first again", () => {
  const one = "7ca110454a1a6e57", two = "0131d9619dc1376e";
  decrypts(des(hex(one + one + one)), "690f5b0d9a26939b", "01a1d6d039776742");
  const block = "0011223344556677";
  const expected = new Uint8Array(hex(block));
  des(hex(one + two + one)).decrypt(new DataView(expected.buffer), 0);
  decrypts(
    des(hex(one + two)),
    block,
    expected.reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), ""),
  );
});

test("RC2: RFC 2268 section 5", () => {
  for (
    const [key, bits, plaintext, ciphertext] of [
      ["0000000000000000", 63, "0000000000000000", "ebb773f993278eff"],
      ["ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49"],
      ["3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2"],
      ["88", 64, "0000000000000000", "61a8a244adacccf0"],
      ["88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f"],
      ["88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000", "1a807d272bbe5db1"],
      ["88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000", "2269552ab0f85ca6"],
      [
        "88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e",
        129,
        "0000000000000000",
        "5b78d3a43dfff1f1",
      ],
    ] as const
  ) decrypts(rc2(hex(key), bits), ciphertext, plaintext);
});

test("RC4: RFC 6229 section 2, 40 and 128 bits", async () => {
  assertEquals(
    await decryptRc4(hex("0102030405"), new Uint8Array(16)),
    new Uint8Array(hex("b2396305f03dc027ccc3524a0a1118a8")),
  );
  assertEquals(
    await decryptRc4(hex("0102030405060708090a0b0c0d0e0f10"), new Uint8Array(16)),
    new Uint8Array(hex("9ac7cc9a609d1ef7b2932899cde41b97")),
  );
});

test("Camellia: RFC 3713 appendix A", () => {
  const plaintext = "0123456789abcdeffedcba9876543210";
  const key = "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff";
  decrypts(camellia(hex(key.slice(0, 32))), "67673138549669730857065648eabe43", plaintext);
  decrypts(camellia(hex(key.slice(0, 48))), "b4993401b3e996f84ee5cee7d79b09b9", plaintext);
  decrypts(camellia(hex(key)), "9acc237dff16d76c20ef7c919e3a7509", plaintext);
});

test("CAST-128: RFC 2144 appendix B.1", () => {
  const key = "0123456712345678234567893456789a";
  decrypts(cast5(hex(key)), "238b4fe5847e44b2", "0123456789abcdef");
  decrypts(cast5(hex(key.slice(0, 20))), "eb6a711a2c02271b", "0123456789abcdef");
  decrypts(cast5(hex(key.slice(0, 10))), "7ac816d16e9b302e", "0123456789abcdef");
});

test("SEED: RFC 4269 appendix B", () => {
  decrypts(
    seed(new Uint8Array(16)),
    "5ebac6e0054e166819aff1cc6d346cdb",
    "000102030405060708090a0b0c0d0e0f",
  );
  decrypts(
    seed(hex("4706480851e61be85d74bfb3fd956185")),
    "ee54d13ebcae706d226bc3142cd40d4a",
    "83a2f8a288641fb9a4e9a5cc2f131c7d",
  );
});

test("IDEA: Lai's example", () => {
  decrypts(idea(hex("00010002000300040005000600070008")), "11fbed2b01986de5", "0000000100020003");
});

test("Blowfish: Schneier's vectors", () => {
  decrypts(blowfish(hex("0000000000000000")), "4ef997456198dd78", "0000000000000000");
  decrypts(blowfish(hex("ffffffffffffffff")), "51866fd5b85ecb8a", "ffffffffffffffff");
  decrypts(blowfish(hex("0123456789abcdef")), "61f9c3802281b096", "1111111111111111");
});

test("CBC: each block is joined with the ciphertext of the one before", async () => {
  const cipher = des(hex("0123456789abcdef"));
  // FIPS 81, table C1
  const ciphertext = hex("e5c7cdde872bf27c 43e934008c389c0f 683788499a7c05f6");
  const text = new TextDecoder().decode(
    await decryptCbc(cipher, hex("1234567890abcdef"), ciphertext),
  );
  assertEquals(text, "Now is the time for all ");
});
