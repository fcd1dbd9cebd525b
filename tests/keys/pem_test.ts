/** Tests the blocks of PEM text. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import test from "node:test";
import { Opening } from "../../lib/encryption/opening.ts";
import { KeyFileError } from "../../lib/errors.ts";
import { type PemBlock, readPem, scanPem, writePem } from "../../lib/keys/pem.ts";
import { decodeBlock, isEncryptedBlock } from "../../lib/keys/pem_block.ts";
import { decryptPemBlock } from "../../lib/keys/pem_encryption.ts";
import { fixture } from "../support/context.ts";

const BYTES = Uint8Array.from({ length: 50 }, (_, i) => i);
const BASE64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v\nMDE=";
const BLOCK = `-----BEGIN CERTIFICATE-----\n${BASE64}\n-----END CERTIFICATE-----\n`;

test("a block is written with lines of 64 characters", () => {
  assertEquals(writePem("CERTIFICATE", BYTES), BLOCK);
  assertEquals(writePem("A", new Uint8Array(0)), "-----BEGIN A-----\n-----END A-----\n");
});

test("blocks are found in any text around them", () => {
  const block: PemBlock = { label: "CERTIFICATE", headers: new Map(), bytes: BYTES };
  assertEquals(scanPem(""), []);
  assertEquals(scanPem("no block"), []);
  assertEquals(scanPem(BLOCK), [block]);
  assertEquals(scanPem(`Bag Attributes\n${BLOCK}text\n${BLOCK}`), [block, block]);
  assertEquals(scanPem(`\ufeff \t${BLOCK.replaceAll("\n", " \t\r\n")}`), [block]);
});

test("of more blocks than the caller takes, one more is read", () => {
  assertEquals(scanPem(BLOCK.repeat(4), 2)?.length, 3);
  assertEquals(scanPem(BLOCK.repeat(2), 2)?.length, 2);
  assertEquals(scanPem(`${BLOCK.repeat(2)}-----BEGIN A-----\n`, 2), undefined);
});

test("text that is not in the usual form has no blocks", () => {
  const wrong = [
    BLOCK + BLOCK.slice(0, 40),
    BLOCK.replace("BEGIN", "begin"),
    BLOCK.replace("BEGIN", "END"),
    BLOCK.replace("END CERTIFICATE", "END KEY"),
    BLOCK.replace("MDE=", "MDE%"),
    BLOCK.replace("MDE=", "a: b"),
    `begin\n${BLOCK}`,
    BLOCK.replace("-----END CERTIFICATE-----", ""),
    BLOCK.replace("BEGIN CERTIFICATE", `BEGIN ${"A".repeat(65)}`),
  ];
  for (const text of wrong) {
    assertEquals(scanPem(text), undefined, text);
    const { code, message } = assertThrows(() => readPem(text, "the file"), KeyFileError);
    assertEquals(code, "malformed_credentials");
    assertEquals(message, "Cannot open the file: its PEM text is not in the usual form");
  }
});

test("a private key with headers is decoded later", () => {
  const body = `Proc-Type: 4,ENCRYPTED\n\n${BASE64}\n`;
  const text = (label: string) => `-----BEGIN ${label}-----\n${body}-----END ${label}-----\n`;
  assertEquals(scanPem(text("RSA PRIVATE KEY")), [{
    label: "RSA PRIVATE KEY",
    headers: new Map(),
    bytes: new Uint8Array(0),
    body: `\n${body}`,
  }]);
  assertEquals(scanPem(text("CERTIFICATE")), undefined);
  const [plain] = scanPem(BLOCK.replaceAll("CERTIFICATE", "RSA PRIVATE KEY")) ?? [];
  assertEquals([plain?.bytes, plain?.body], [BYTES, undefined]);
});

test("headers are read by RFC 1421", () => {
  const decode = (body: string) => decodeBlock("RSA PRIVATE KEY", body);
  const headers = (body: string) => Object.fromEntries(decode(body)?.headers ?? []);
  assertEquals(headers(`A: 1\nB-2:x \n\n${BASE64}`), { A: "1", "B-2": "x" });
  assertEquals(decode(`A: 1\nB: 2\n\n${BASE64}`)?.bytes, BYTES);
  assertEquals(decode(`\n\nA: 1\r\n${BASE64}`)?.bytes, BYTES);
  assertEquals(headers(`A: 1\n  2\n\t3\n\n${BASE64}`), { A: "123" });
  assertEquals(decode(BASE64)?.bytes, BYTES);
  assertEquals(decode(`A 1: 2\n${BASE64}`), undefined);
  assertEquals(decode("%"), undefined);
  const pgp = decodeBlock("PGP MESSAGE", "%");
  assertEquals([pgp?.label, pgp?.bytes.length], ["PGP MESSAGE", 0]);
  const isEncrypted = (body: string) => isEncryptedBlock(decode(`${body}\n\n${BASE64}`)!);
  assertEquals(isEncrypted("DEK-Info: A,0"), true);
  assertEquals(isEncrypted("Proc-Type: 4,ENCRYPTED"), true);
  assertEquals(isEncrypted("Proc-Type: 4,MIC-CLEAR"), false);
});

test("a block that says ENCRYPTED must say how", async () => {
  const fails = async (body: string, code: string, problem: string) => {
    const block = { label: "RSA PRIVATE KEY", headers: new Map(), bytes: BYTES, body };
    const opening = new Opening("the key", { passphrase: "changeit" });
    const error = await assertRejects(() => decryptPemBlock(block, opening), KeyFileError);
    assertEquals([error.code, error.message], [code, `Cannot open the key: ${problem}`]);
  };
  const text = (info: string, base64 = BASE64) => `Proc-Type: 4,ENCRYPTED\n${info}\n\n${base64}\n`;
  const damaged = "malformed_credentials";
  await fails("%", damaged, "the text of its RSA PRIVATE KEY block is not base64");
  const missing = "its DEK-Info line must have a cipher and an IV";
  await fails(text("A: b"), damaged, missing);
  await fails(text("DEK-Info: AES-128-CBC"), damaged, missing);
  await fails(text("DEK-Info: ,00"), damaged, missing);
  await fails(text("DEK-Info: AES-128-CBC,0x"), damaged, missing);
  await fails(
    text("DEK-Info: ARIA-128-CBC,00"),
    "unsupported_algorithm",
    "the cipher ARIA-128-CBC is not supported",
  );
  const rule = "the IV of its DEK-Info line must have 32 hexadecimal digits: current value has";
  await fails(text(`DEK-Info: AES-128-CBC,${"0".repeat(30)}`), damaged, `${rule} 30`);
  await fails(text(`DEK-Info: AES-128-CBC,${"0".repeat(33)}`), damaged, `${rule} 33`);
  const length = "the encrypted key must be a multiple of 16 bytes long";
  const info = `DEK-Info: AES-128-CBC,${"0".repeat(32)}`;
  await fails(text(info), damaged, length);
  await fails(text(info, ""), damaged, length);
});

test("the passphrase and the padding of an encrypted block are checked", async () => {
  const [block] = readPem(new TextDecoder().decode(fixture("client.dek-info.key")), "the key");
  const read = (passphrase: string | undefined, body = block!.body!) =>
    decryptPemBlock({ ...block!, body }, new Opening("the key", { passphrase }));
  const [plain] = readPem(new TextDecoder().decode(fixture("client.pkcs1.key")), "the key");
  assertEquals(await read("changeit"), plain?.bytes);
  const wrong = await assertRejects(() => read("other"), KeyFileError);
  assertEquals(wrong.message, "Cannot open the key: the passphrase does not open it");
  const none = await assertRejects(() => read(undefined), KeyFileError);
  assertEquals(
    none.message,
    "Cannot open the key: it is protected with a passphrase and none was given",
  );
});
