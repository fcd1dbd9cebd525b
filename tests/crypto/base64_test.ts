import { assertEquals } from "@std/assert";
import test from "node:test";
import { decodeBase64, encodeBase64 } from "../../lib/crypto/base64.ts";

const BYTES = Uint8Array.of(0, 255, 62, 63, 10);

test("base64 with and without white space, and text that is not base64", () => {
  assertEquals(encodeBase64(BYTES), "AP8+Pwo=");
  assertEquals(decodeBase64("AP8+Pwo="), BYTES);
  assertEquals(decodeBase64(" AP8\t+\r\nPw\fo= \n"), BYTES);
  assertEquals(decodeBase64(""), new Uint8Array(0));
  for (const text of ["A", "AP8-", "AP8\v+", "AP8+Pwo==", "AP=8"]) {
    assertEquals(decodeBase64(text), undefined, text);
  }
});

test("an atob that refuses white space, such as happy-dom's, decodes the lines of a PEM text", () => {
  const own = globalThis.atob;
  globalThis.atob = (text) => {
    if (/\s/.test(text)) throw new Error("white space");
    return own(text);
  };
  try {
    assertEquals(decodeBase64("AP8+\r\nPwo=\n"), BYTES);
  } finally {
    globalThis.atob = own;
  }
});
