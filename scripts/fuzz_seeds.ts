/** What the fuzzer starts from: the test files, the least structures of RFC 7292, and the words of both. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BMP_STRING, contextTag, INTEGER, OCTET_STRING, SEQUENCE, SET } from "../lib/asn1/tags.ts";
import { writeElement, writeOid } from "../lib/asn1/writer.ts";
import { readPem } from "../lib/keys/pem.ts";

/** PKCS #9 and PKCS #12 bag types, RFC 7292 section 4.2. */
const PKCS9 = "1.2.840.113549.1.9";
const BAGS = "1.2.840.113549.1.12.10.1";

function contentInfo(content: Uint8Array): Uint8Array {
  const data = writeOid("1.2.840.113549.1.7.1");
  return writeElement(
    SEQUENCE,
    data,
    writeElement(contextTag(0), writeElement(OCTET_STRING, content)),
  );
}

/** A PKCS#12 file with these SafeContents, neither encrypted nor with a MAC. */
export function pfx(safeContents: Uint8Array): Uint8Array<ArrayBuffer> {
  const authenticatedSafe = writeElement(SEQUENCE, contentInfo(safeContents));
  return writeElement(
    SEQUENCE,
    writeElement(INTEGER, Uint8Array.of(3)),
    contentInfo(authenticatedSafe),
  );
}

/** A bag, with a friendlyName and a localKeyID. */
function bag(type: number, value: Uint8Array): Uint8Array {
  const attribute = (oid: string, one: Uint8Array) =>
    writeElement(SEQUENCE, writeOid(oid), writeElement(SET, one));
  const attributes = writeElement(
    SET,
    attribute(`${PKCS9}.20`, writeElement(BMP_STRING, Uint8Array.of(0, 0x61))),
    attribute(`${PKCS9}.21`, writeElement(OCTET_STRING, Uint8Array.of(1))),
  );
  return writeElement(
    SEQUENCE,
    writeOid(`${BAGS}.${type}`),
    writeElement(contextTag(0), value),
    attributes,
  );
}

/** A certificate, a CRL or a secret, in its bag: each is a type and a value. */
function typed(type: number, oid: string, value: Uint8Array): Uint8Array {
  return bag(type, writeElement(SEQUENCE, writeOid(oid), writeElement(contextTag(0), value)));
}

/** SafeContents with every type of bag. */
function safeContents(key: Uint8Array, encryptedKey: Uint8Array, cert: Uint8Array): Uint8Array {
  const bags = [
    bag(1, key),
    bag(2, encryptedKey),
    typed(3, `${PKCS9}.22.1`, writeElement(OCTET_STRING, cert)),
    typed(4, `${PKCS9}.23.1`, writeElement(OCTET_STRING, cert)),
    typed(5, `${PKCS9}.15`, writeElement(OCTET_STRING, Uint8Array.of(1))),
  ];
  return writeElement(SEQUENCE, ...bags, bag(6, writeElement(SEQUENCE, ...bags)));
}

/** Every seed: the files in the folder as they are and, of PEM, what is inside of each block. */
export async function seeds(folder: string): Promise<Uint8Array[]> {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => /\.(pem|key|der|p12|p7b|p7c|jks|bin)$/.test(name)).sort();
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  const inside = files.flatMap((file) => readPem(file.toString("latin1"), "the seed"))
    .map(({ bytes }) => bytes);
  const [cert] = readPem(await readFile(join(folder, "ec.pem"), "utf8"), "the seed");
  const [key] = readPem(await readFile(join(folder, "ec.key"), "utf8"), "the seed");
  const [encrypted] = readPem(
    await readFile(join(folder, "client.encrypted.key"), "utf8"),
    "the seed",
  );
  const bags = safeContents(key!.bytes, encrypted!.bytes, cert!.bytes);
  return [...files, ...inside, bags, pfx(bags)];
}

/** Every object identifier that the decoder's sources name, and what PEM is made of. */
export async function dictionary(lib: string): Promise<Uint8Array[]> {
  const names = (await readdir(lib, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const sources = await Promise.all(names.map((name) => readFile(join(lib, name), "utf8")));
  const find = (pattern: RegExp) => [
    ...new Set(sources.flatMap((source) => source.match(pattern) ?? [])),
  ];
  const labels = find(/(?<=")[A-Z0-9 ]{3,}(?=")/g)
    .flatMap((label) => [`-----BEGIN ${label}-----\n`, `\n-----END ${label}-----\n`]);
  const headers = ["Proc-Type: 4,ENCRYPTED\n", "DEK-Info: AES-256-CBC,", "DEK-Info: DES-EDE3-CBC,"];
  return [
    ...find(/(?<=")[0-2](\.\d+){3,}(?=")/g).map((oid) => writeOid(oid)),
    ...[...labels, ...headers].map((text) => new TextEncoder().encode(text)),
  ];
}
