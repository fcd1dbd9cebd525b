/** What programs put between the characters of a PEM text, one thing at a time. */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { cleanBody, removeEscapes } from "../../lib/identity/pem_escapes.ts";

/** Texts, and what is left of each. */
const ESCAPES: readonly (readonly [string, string])[] = [
  // Terminals
  ["a\x1b[31mb\x1b[0mc", "abc"],
  ["a\x1b[mb", "ab"],
  ["a\x1b[1;31Kb", "ab"],
  ["a\x1b[1;31", "a\x1b[1;31"],
  // Characters without a width
  ["a\u200bb\u200fc\u2060d\ufeffe", "abcde"],
  ["a\u200ab\u2010c", "a\u200ab\u2010c"],
  // Strings
  ["a\\nb", "a\nb"],
  ["a\\rb", "a\nb"],
  ["a\\r\\nb", "a\nb"],
  ["a\\\\r\\\\nb", "a\nb"],
  ["a\\\\\\\\nb", "a\nb"],
  ["a\\u000ab", "a\nb"],
  ["a\\u002Fb", "a/b"],
  ["a\\\\U002bb", "a+b"],
  ["a\\/b", "a/b"],
  ["a\\\\/b", "a/b"],
  ['a\\"b', 'a"b'],
  ["a\\'b", "a'b"],
  ["a\\tb", "a\tb"],
  ["a\\\nb", "a\nb"],
  ["a\\\rb", "a\rb"],
  ["a\\xb", "a\\xb"],
  ["a\\u00b", "a\\u00b"],
  // XML and HTML
  ["a&#10;b&#13;c&#xa;d&#x0D;e&#x00a;f", "a\nb\nc\nd\ne\nf"],
  ["a<br>b<br/>c<br />d<BR>e", "a\nb\nc\nd\ne"],
  ["a&#11;b<brx>", "a&#11;b<brx>"],
  // URLs, only if BEGIN says so
  ["BEGIN%20CERTIFICATE%2B%2f", "BEGIN CERTIFICATE+/"],
  ["BEGIN+CERTIFICATE+a%2Bb", "BEGIN CERTIFICATE a+b"],
  ["BEGIN CERTIFICATE+a%2Bb", "BEGIN CERTIFICATE+a%2Bb"],
  ["BEGIN%20certificate+", "BEGIN%20certificate+"],
];

test("each escape is removed, and what is none stays", () => {
  assertEquals(
    ESCAPES.map(([text]) => [text, removeEscapes(text)]),
    ESCAPES.map(([text, left]) => [text, left]),
  );
});

const BODIES: readonly (readonly [string, string])[] = [
  // Strings of source code
  ['"AAAA" +\n"BBBB"', "AAAA\nBBBB"],
  ["'AAAA',\n  'BBBB'", "AAAA\nBBBB"],
  ["`AAAA`.`BBBB`", "AAAA\nBBBB"],
  ['  "AAAA', "AAAA"],
  ['\t"AAAA";  ', "AAAA"],
  ["AAAA,", "AAAA"],
  ["AA'AA", "AA'AA"],
  // Mail and YAML
  ["> AAAA\n>> BBBB\n | CCCC", "AAAA\nBBBB\nCCCC"],
  ["AA>AA", "AA>AA"],
  // Control characters and other blanks
  ["AA\x00\x08\x0e\x1f\x7fAA", "AAAA"],
  ["AA\u00a0AA\u3000AA\vAA", "AA AA AA AA"],
  ["AA\tAA AA\r\nAA", "AA\tAA AA\r\nAA"],
];

test("what stands between the parts of a body is removed, and nothing else", () => {
  assertEquals(
    BODIES.map(([body]) => [body, cleanBody(body)]),
    BODIES.map(([body, left]) => [body, left]),
  );
});

test("the headers of an encrypted key get lines of their own", () => {
  const iv = "0123456789abcdefABCDEF0123456789";
  for (const cipher of ["AES-256-CBC", "CAMELLIA-128-CBC", "SEED-CBC", "ARIA-192-CBC"]) {
    assertEquals(
      cleanBody(`\nProc-Type: 4,ENCRYPTED DEK-Info: ${cipher},${iv} AAAA`),
      `\nProc-Type: 4,ENCRYPTED\nDEK-Info: ${cipher},${iv}\n\n AAAA`,
    );
  }
  for (const cipher of ["DES-EDE3-CBC", "RC2-CBC"]) {
    assertEquals(
      cleanBody(`Proc-Type:4, ENCRYPTEDDEK-Info:${cipher}, ${iv.slice(0, 16)}ABCD`),
      `\nProc-Type: 4,ENCRYPTED\nDEK-Info: ${cipher},${iv.slice(0, 16)}\n\nABCD`,
    );
  }
  const plain = "Proc-Type: 4,MIC-ONLY\nDEK-Info: AES-256-CBC,00\n\nAAAA";
  assertEquals(cleanBody(plain), plain);
});
