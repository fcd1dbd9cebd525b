/** Key files that grow, one dimension each: text, PEM blocks, keys, certificates, ciphertexts. */
import { Reader } from "../../lib/asn1/reader.ts";
import { BMP_STRING, contextTag, INTEGER, OCTET_STRING, SET } from "../../lib/asn1/tags.ts";
import { concat } from "../../lib/crypto/bytes.ts";
import { writePem } from "../../lib/keys/pem.ts";
import { changeCertificate, der, parts, text } from "./growth_parts.ts";
import {
  FRIENDLY_NAME,
  keyBag,
  oid,
  pfx,
  writeAttribute,
  writeCertBag,
  writeInteger,
  writeOctets,
  writePlainSafe,
  writeSafeBag,
  writeSequence,
} from "./p12_writer.ts";
import { writeElement } from "../../lib/asn1/writer.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A quarter of the largest file, less what is around it. */
const SIZE = 520_000;
/** A quarter of the largest text in an unusual form, less what is around it. */
const UNUSUAL = 129_000;
/** A quarter of the blocks that a file may have. */
const BLOCKS = 250;

const bytes = (content: string) => new TextEncoder().encode(content);
const EC = text("ec.key") + text("ec.pem");
const repeat = (part: string, length: number) => part.repeat(Math.floor(length / part.length));
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const file = (make: (n: number) => string) => (n: number) => bytes(make(n));

const certificate = changeCertificate;
const pemCertificate = (serial: number) => writePem("CERTIFICATE", certificate(serial));

const commonName = (value: Uint8Array, tag = 0x0c) =>
  writeElement(SET, writeSequence(oid("2.5.4.3"), writeElement(tag, value)));
const extension = (i: number) => writeSequence(oid(`1.2.3.${i}`), writeOctets(Uint8Array.of(5, 0)));
const pkcs8 = (algorithm: Uint8Array, key: Uint8Array, ...more: Uint8Array[]) =>
  writeSequence(writeInteger(0), algorithm, writeOctets(key), ...more);

const RSA_IDENTIFIER = writeSequence(oid("1.2.840.113549.1.1.1"), Uint8Array.of(5, 0));
/** Writes an RSA key whose public numbers are those of a certificate, and others of it are not. */
function rsaKey(change: (fields: Uint8Array[]) => Uint8Array[]): Bytes {
  return pkcs8(RSA_IDENTIFIER, writeSequence(...change(parts(der("client.pkcs1.key")))));
}

const BIG = (1n << 16383n) - 19n;
const bigPrime = writeInteger(BIG);
const PRIME_INFO = writeSequence(bigPrime, writeInteger(3), writeInteger(3));

const dsaKey = (i: number) =>
  pkcs8(
    writeSequence(
      oid("1.2.840.10040.4.1"),
      writeSequence(writeInteger(BIG - BigInt(2 * i)), writeInteger(3), writeInteger(2)),
    ),
    writeInteger(5),
  );
const ecKey = (i: number) => {
  const info = parts(der("ec.key"));
  const [version] = parts(new Reader(info[2]!, "", "").readOctets(""));
  const scalar = new Uint8Array(32).fill(7);
  new DataView(scalar.buffer).setUint32(4, i);
  return pkcs8(info[1]!, writeSequence(version!, writeOctets(scalar)));
};
/** Writes an EC key whose curve is written out, with numbers of this length. */
const curveKey = (length: number) => {
  const long = new Uint8Array(length).fill(0x5a);
  const curve = writeSequence(
    writeInteger(1),
    writeSequence(oid("1.2.840.10045.1.1"), writeInteger((1n << 521n) - 1n)),
    writeSequence(writeOctets(long), writeOctets(long)),
    writeOctets(concat([Uint8Array.of(4), long, long])),
    writeInteger((1n << 521n) - 1n),
  );
  const key = writeSequence(writeInteger(1), writeOctets(long));
  return pkcs8(writeSequence(oid("1.2.840.10045.2.1"), curve), key);
};

/** Writes an encrypted key or safe with a scheme of PKCS#12, one iteration. */
const scheme = (last: number) =>
  writeSequence(
    oid(`1.2.840.113549.1.12.1.${last}`),
    writeSequence(writeOctets(new Uint8Array(8)), writeInteger(1)),
  );
const encrypted = (last: number, length: number) =>
  writeSequence(scheme(last), writeOctets(new Uint8Array(length & ~7).fill(0x33)));
const encryptedSafe = (last: number, length: number) =>
  writeSequence(
    oid("1.2.840.113549.1.7.6"),
    writeElement(
      contextTag(0),
      writeSequence(
        writeInteger(0),
        writeSequence(
          oid("1.2.840.113549.1.7.1"),
          scheme(last),
          writeElement(0x80, new Uint8Array(length & ~7).fill(0x33)),
        ),
      ),
    ),
  );
const macOf = (digest: Uint8Array) =>
  writeSequence(
    writeSequence(writeSequence(oid("2.16.840.1.101.3.4.2.3")), writeOctets(digest)),
    writeOctets(new Uint8Array(8)),
    writeInteger(1),
  );
const plain = (...more: Uint8Array[]) =>
  writePlainSafe(keyBag(der("ec.key")), writeCertBag(der("ec.pem")), ...more);
const element = (tag: number, count: number, one: Uint8Array) => {
  const all = new Uint8Array(count * one.length);
  for (let at = 0; at < all.length; at += one.length) all.set(one, at);
  return writeElement(tag, all);
};
const indefinite = (tag: number, body: Uint8Array) =>
  concat([Uint8Array.of(tag, 0x80), body, Uint8Array.of(0, 0)]);
const many = (count: number, make: (i: number) => string) => numbers(count).map(make).join("");
const ONE_BYTE = Uint8Array.of(OCTET_STRING, 1, 0x30);

/** Writes SignedData (RFC 5652, section 5.1) with these certificates. */
function signedData(certificates: Uint8Array): Uint8Array {
  const fields = [writeInteger(1), writeElement(SET), writeSequence(), certificates];
  return writeSequence(
    oid("1.2.840.113549.1.7.2"),
    writeElement(contextTag(0), writeSequence(...fields)),
  );
}

/** The files. Each function returns the file of size 1, 2 or 4. The largest is within limits. */
export const GROWING: Readonly<Record<string, (n: number) => Uint8Array>> = {
  "line ends": file((n) => EC + "\n".repeat(n * SIZE)),
  "carriage returns before the blocks": file((n) => "\r".repeat(n * SIZE) + EC),
  "spaces": file((n) => EC + " ".repeat(n * SIZE)),
  "spaces between BEGIN and its line end": file((n) =>
    `${EC}-----BEGIN X-----${" ".repeat(n * SIZE)}x`
  ),
  "commas at the end of a line of a block": file((n) =>
    `${EC}-----BEGIN X-----\n${",".repeat(n * 4_000)}x\n-----END X-----\n`
  ),
  "headers without a line end": file((n) =>
    repeat(`x -----BEGIN X-----: ${"a".repeat(8_000)}-----END X-----\n`, n * 100_000) + EC
  ),
  "spaces after a path": file((n) => `/${" ".repeat(n * SIZE)}x`),
  "escaped line ends": file((n) => EC.replaceAll("\n", "\\n") + repeat("\\n", n * UNUSUAL)),
  "escapes of strings": file((n) => `x${EC}x` + repeat("\\u0041", n * UNUSUAL)),
  "escapes of URLs": file((n) => EC.replaceAll(" ", "%20") + repeat("%41", n * UNUSUAL)),
  "escapes of terminals": file((n) => `x${EC}x` + repeat("\x1b[0m", n * UNUSUAL)),
  "BEGIN on one line": file((n) => `x${EC}x` + repeat("-----BEGIN X----- ", n * UNUSUAL)),
  "blocks on one line": file((n) =>
    `x${EC}x` + repeat("-----BEGIN X----- MIIB -----END X-----", n * UNUSUAL)
  ),
  "quotes in a block": file((n) =>
    `x${EC}x-----BEGIN X-----\n${repeat('"MIIB" +\n', n * UNUSUAL)}-----END X-----\n`
  ),
  "digits": file((n) => repeat("30:", n * UNUSUAL)),
  "base64 of base64": file((n) => btoa(btoa(repeat("MIIB", n * UNUSUAL / 2)))),
  "UTF-16": (n) => new Uint8Array(new Uint16Array(n * UNUSUAL / 2).fill(0x41).buffer),
  "bytes that are not UTF-8": (n) => concat([bytes(EC), new Uint8Array(n * SIZE).fill(0xe9)]),
  "dashes": file((n) => EC + "-".repeat(n * SIZE)),
  "text around the blocks": file((n) => repeat("Bag Attributes: a name\n", n * SIZE) + EC),
  "BEGIN without END": file((n) => EC + repeat("-----BEGIN X-----\n", n * SIZE)),
  "END without BEGIN": file((n) => EC + repeat("-----END X-----\n", n * SIZE)),
  "empty blocks": file((n) => EC + repeat("-----BEGIN X-----\n-----END X-----\n", n * SIZE)),
  "continuations of a header": file((n) =>
    `-----BEGIN PRIVATE KEY-----\nDEK-Info: a\n${
      repeat(" x\n", n * SIZE)
    }\n-----END PRIVATE KEY-----\n${text("ec.pem")}`
  ),
  "headers": file((n) =>
    `-----BEGIN PRIVATE KEY-----\n${
      many(n * 50_000, (i) => `A${i}: b\n`)
    }\n-----END PRIVATE KEY-----\n${text("ec.pem")}`
  ),
  "base64 in short lines": file((n) =>
    `${EC}-----BEGIN X-----\n${repeat("MIIB\n", n * SIZE)}-----END X-----\n`
  ),
  "base64 in one line": file((n) =>
    `${EC}-----BEGIN X-----\n${repeat("MIIB", n * SIZE)}\n-----END X-----\n`
  ),
  "bare base64": file((n) => repeat("MIIB", n * SIZE)),
  "copies of a key": file((n) => text("client.pkcs8.key").repeat(n * BLOCKS) + text("client.pem")),
  "copies of a key and of a foreign certificate": file((n) =>
    (text("other.key") + text("weak.pem")).repeat(n * BLOCKS / 2)
  ),
  "copies of an encrypted key": file((n) =>
    text("client.encrypted.key").repeat(n * 5) + text("client.pem")
  ),
  "certificates of one key": file((n) => text("ec.key") + many(n * BLOCKS, pemCertificate)),
  "keys of one certificate": file((n) =>
    text("client.pem") +
    many(n * BLOCKS, (i) =>
      writePem(
        "PRIVATE KEY",
        rsaKey((fields) => fields.map((field, at) => at === 3 ? writeInteger(2 * i + 3) : field)),
      ))
  ),
  "keys and certificates": file((n) =>
    many(n * 48, (i) => pemCertificate(i) + writePem("PRIVATE KEY", ecKey(i)))
  ),
  "DSA keys": file((n) => text("ec.pem") + many(n * 97, (i) => writePem("PRIVATE KEY", dsaKey(i)))),
  "primes of an RSA key": (n) =>
    rsaKey((fields) => [...fields, element(0x30, n * 250, PRIME_INFO)]),
  "primes of an RSA key as PEM": file((n) =>
    writePem(
      "PRIVATE KEY",
      rsaKey((fields) => [...fields, element(0x30, n * 180, PRIME_INFO)]),
    ) + text("client.pem")
  ),
  "numbers of a curve": file((n) => text("ec.pem") + writePem("PRIVATE KEY", curveKey(n * 60_000))),
  "attributes of a key": file((n) =>
    text("ec.pem") +
    writePem(
      "PRIVATE KEY",
      writeSequence(
        ...parts(der("ec.key")),
        element(contextTag(0), n * 120_000, ONE_BYTE),
      ),
    )
  ),
  "encrypted key": (n) => encrypted(3, n * SIZE),
  "key encrypted with DEK-Info": file((n) =>
    `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,0011223344556677\n\n${
      "MIIB".repeat(n * 120_000)
    }\n-----END RSA PRIVATE KEY-----\n${text("client.pem")}`
  ),
  "name of a certificate": file((n) =>
    text("ec.key") + writePem(
      "CERTIFICATE",
      certificate(
        0,
        { subject: writeSequence(commonName(bytes("CN=".repeat(n * 8_000)))) },
      ),
    )
  ),
  "long name of a certificate": file((n) =>
    text("ec.key") + writePem(
      "CERTIFICATE",
      certificate(
        0,
        { subject: writeSequence(commonName(new Uint8Array(n * 380_000).fill(0x41))) },
      ),
    )
  ),
  "name parts of a certificate": file((n) =>
    text("ec.key") + writePem(
      "CERTIFICATE",
      certificate(
        0,
        { subject: element(0x30, n * 1_500, commonName(bytes("a"))) },
      ),
    )
  ),
  "extensions of a certificate": file((n) =>
    text("ec.key") + writePem(
      "CERTIFICATE",
      certificate(
        0,
        {
          extensions: writeElement(
            contextTag(3),
            writeSequence(...numbers(n * 1_200).map(extension)),
          ),
        },
      ),
    )
  ),
  "DER certificate and what follows": (n) => concat([der("ec.pem"), new Uint8Array(n * SIZE)]),
  "certificates in PKCS#7": (n) =>
    signedData(writeElement(contextTag(0), ...numbers(n * BLOCKS).map((i) => certificate(i)))),
  "other choices in PKCS#7": (n) =>
    signedData(element(contextTag(0), n * 260_000, Uint8Array.of(0xa0, 0))),
  "bags": (n) => pfx([plain(...numbers(n * BLOCKS).map((i) => writeCertBag(certificate(i))))]),
  "keys and certificates in bags": (n) =>
    pfx([writePlainSafe(
      ...numbers(n * 48).flatMap((i) => [keyBag(ecKey(i)), writeCertBag(certificate(i))]),
    )]),
  "attributes of a bag": (n) =>
    pfx([writePlainSafe(
      writeSequence(
        ...parts(writeCertBag(der("ec.pem"))),
        writeElement(
          SET,
          ...numbers(n * 30_000).map((i) => writeAttribute(`1.2.3.${i}`, ONE_BYTE)),
        ),
      ),
    )]),
  "friendly name": (n) =>
    pfx([plain(
      writeCertBag(
        certificate(1),
        writeAttribute(
          FRIENDLY_NAME,
          writeElement(BMP_STRING, new Uint8Array(n * SIZE).fill(65)),
        ),
      ),
    )]),
  "NULs in a friendly name": (n) =>
    pfx([plain(
      writeCertBag(
        certificate(1),
        writeAttribute(
          FRIENDLY_NAME,
          writeElement(BMP_STRING, new Uint8Array(n * 40_000), Uint8Array.of(0, 65)),
        ),
      ),
    )]),
  "secret bag": (n) =>
    pfx([
      plain(writeSafeBag("1.2.840.113549.1.12.10.1.5", writeOctets(new Uint8Array(n * SIZE)))),
    ]),
  "safes": (n) => pfx([plain(), ...numbers(n * 4_000).map(() => writePlainSafe())]),
  "encrypted safes": (n) => pfx([plain(), ...numbers(n * 4_000).map(() => encryptedSafe(3, 8))]),
  "safe with RC2": (n) => pfx([encryptedSafe(6, n * SIZE)]),
  "safe with 3DES": (n) => pfx([encryptedSafe(3, n * SIZE)]),
  "safe with RC4": (n) => pfx([encryptedSafe(1, n * SIZE)]),
  "content of a MAC": (n) =>
    pfx([plain(
      writeSafeBag("1.2.840.113549.1.12.10.1.5", writeOctets(new Uint8Array(n * SIZE))),
    )], macOf(new Uint8Array(64))),
  "zeros after a PFX": (n) => concat([pfx([plain()]), new Uint8Array(n * SIZE)]),
  "parts of a string": (n) =>
    writeSequence(
      writeInteger(3),
      writeSequence(
        oid("1.2.840.113549.1.7.1"),
        writeElement(contextTag(0), element(0x24, n * 170_000, ONE_BYTE)),
      ),
    ),
  "parts of a string of indefinite length": (n) =>
    indefinite(
      0x30,
      concat([
        writeInteger(3),
        indefinite(
          0x30,
          concat([
            oid("1.2.840.113549.1.7.1"),
            indefinite(contextTag(0), indefinite(0x24, element(0x24, n * 170_000, ONE_BYTE))),
          ]),
        ),
      ]),
    ),
  "integer": (n) => writeSequence(element(INTEGER, n * SIZE, Uint8Array.of(1))),
  "zeros": (n) => new Uint8Array(n * SIZE),
  "text beyond the limit": file((n) => EC + " ".repeat(n * 2_100_000)),
  "any text": file((n) => repeat("a path/to a file ", n * SIZE)),
};
