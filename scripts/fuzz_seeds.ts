/** Makes the seeds and the dictionary of the fuzzer, from the fixtures and from RFC 7292. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BMP_STRING, contextTag, INTEGER, OCTET_STRING, SEQUENCE, SET } from "../lib/asn1/tags.ts";
import { writeElement, writeOid } from "../lib/asn1/writer.ts";
import { Opening } from "../lib/encryption/opening.ts";
import { readLoosePem } from "../lib/identity/loose_pem.ts";
import { readPem } from "../lib/keys/pem.ts";

/** Prefixes of the identifiers of PKCS #9, and of the bag types (RFC 7292, section 4.2). */
const PKCS9 = "1.2.840.113549.1.9";
const BAGS = "1.2.840.113549.1.12.10.1";

function writeContentInfo(content: Uint8Array): Uint8Array {
  const data = writeOid("1.2.840.113549.1.7.1");
  return writeElement(
    SEQUENCE,
    data,
    writeElement(contextTag(0), writeElement(OCTET_STRING, content)),
  );
}

/** Writes a PKCS#12 file with these SafeContents, neither encrypted nor with a MAC. */
export function writePfx(safeContents: Uint8Array): Uint8Array<ArrayBuffer> {
  const authenticatedSafe = writeElement(SEQUENCE, writeContentInfo(safeContents));
  return writeElement(
    SEQUENCE,
    writeElement(INTEGER, Uint8Array.of(3)),
    writeContentInfo(authenticatedSafe),
  );
}

/** Writes a bag with a friendlyName and a localKeyID. */
function writeBag(type: number, value: Uint8Array): Uint8Array {
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

/** Writes a bag of a certificate, a CRL or a secret: a type and a value. */
function writeTypedBag(type: number, oid: string, value: Uint8Array): Uint8Array {
  return writeBag(type, writeElement(SEQUENCE, writeOid(oid), writeElement(contextTag(0), value)));
}

/** Writes SafeContents with every type of bag. */
function writeSafeContents(
  key: Uint8Array,
  encryptedKey: Uint8Array,
  cert: Uint8Array,
): Uint8Array {
  const bags = [
    writeBag(1, key),
    writeBag(2, encryptedKey),
    writeTypedBag(3, `${PKCS9}.22.1`, writeElement(OCTET_STRING, cert)),
    writeTypedBag(4, `${PKCS9}.23.1`, writeElement(OCTET_STRING, cert)),
    writeTypedBag(5, `${PKCS9}.15`, writeElement(OCTET_STRING, Uint8Array.of(1))),
  ];
  return writeElement(SEQUENCE, ...bags, writeBag(6, writeElement(SEQUENCE, ...bags)));
}

/** Bodies of rejected requests, as JSON and as XML. */
const BODIES: readonly string[] = [
  '{"Errors":{"Error":[{"Source":"Gateway","ReasonCode":"DECLINED","Recoverable":false}]}}',
  "<Errors><Error><Source>Gateway</Source><Description>a &amp; b</Description></Error></Errors>",
];

/** Returns every seed: the files of a folder, the contents of their PEM blocks, and bodies. */
export async function makeSeeds(folder: string): Promise<Uint8Array[]> {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => /\.(pem|key|der|p12|p7b|p7c|jks|jceks|bin)$/.test(name)).sort();
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  const texts = await Promise.all(
    files.map((file) => readLoosePem(file.toString("latin1"), new Opening("the seed"))),
  );
  const inside = texts.flatMap(({ blocks }) => blocks).map(({ bytes }) => bytes);
  const [cert] = readPem(await readFile(join(folder, "ec.pem"), "utf8"), "the seed");
  const [key] = readPem(await readFile(join(folder, "ec.key"), "utf8"), "the seed");
  const [encrypted] = readPem(
    await readFile(join(folder, "client.encrypted.key"), "utf8"),
    "the seed",
  );
  const bags = writeSafeContents(key!.bytes, encrypted!.bytes, cert!.bytes);
  const bodies = BODIES.map((body) => new TextEncoder().encode(body));
  return [...files, ...inside, bags, writePfx(bags), ...bodies];
}

/** Returns every object identifier in the decoders' sources, and the lines of PEM. */
export async function makeDictionary(lib: string): Promise<Uint8Array[]> {
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
