/**
 * What kind of file somebody gave us, told by its bytes.
 *
 * @module
 */
import {
  BIT_STRING,
  CONSTRUCTED,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  Reader,
  SEQUENCE,
} from "../asn1/reader.ts";
import { McFetchError } from "../errors.ts";
import { malformed } from "../errors.ts";

/** The kinds that are read here. */
export type Kind =
  | "PKCS#12"
  | "PKCS#7"
  | "certificate"
  | "private key"
  | "encrypted private key"
  | "RSA private key"
  | "EC private key"
  | "DSA private key"
  | ForeignKind;

/** The kinds that are recognized and refused by name. */
export type ForeignKind =
  | "PEM text"
  | "public key"
  | "certificate request"
  | "revocation list"
  | "DSA parameters"
  | "EC parameters"
  | "Java keystore (JKS)"
  | "Java keystore (JCEKS)"
  | "Bouncy Castle keystore (BKS)"
  | "PGP key"
  | "OpenSSH private key"
  | "OpenSSH public key"
  | "PuTTY private key"
  | "HTML page"
  | "ZIP archive"
  | "JSON text"
  | "text";

const CONVERT_JAVA: string =
  "convert it with `keytool -importkeystore -srckeystore FILE -destkeystore client.p12 " +
  "-deststoretype PKCS12` and pass the result as `pfx`";

/** What to do instead with what cannot be used. */
const FOREIGN: Readonly<Record<ForeignKind, string>> = {
  "PEM text": "pass it as `cert` and `key`",
  "public key":
    "pass the private key, which was made together with it; it cannot be derived from the public one",
  "certificate request": "pass the certificate that the authority made of it, or use it to get one",
  "revocation list": "pass a certificate and its private key",
  "DSA parameters": "pass the private key that was made from them",
  "EC parameters": "pass the private key that was made from them",
  "Java keystore (JKS)": CONVERT_JAVA,
  "Java keystore (JCEKS)": CONVERT_JAVA,
  "Bouncy Castle keystore (BKS)": CONVERT_JAVA,
  "PGP key":
    "PGP keys do not work in TLS; ask for an X.509 certificate, and pass it with its private key",
  "OpenSSH private key": "convert a copy of it with `ssh-keygen -p -m PKCS8 -f FILE`",
  "OpenSSH public key": "pass an X.509 certificate and its private key",
  "PuTTY private key":
    "export it from PuTTYgen as an OpenSSH key, and convert that with `ssh-keygen -p -m PKCS8 -f FILE`",
  "HTML page":
    "the download probably ended at a login page or an error; sign in and download it again",
  "ZIP archive": "unpack it and pass the key file that is in it",
  "JSON text": "take the key and the certificate out of it and pass those",
  "text": "pass the file itself: PEM text starts with -----BEGIN",
};

/** How binary files of other kinds begin. */
const MAGIC: readonly (readonly [ForeignKind, ...number[]])[] = [
  ["Java keystore (JKS)", 0xfe, 0xed, 0xfe, 0xed],
  ["Java keystore (JCEKS)", 0xce, 0xce, 0xce, 0xce],
  ["Bouncy Castle keystore (BKS)", 0, 0, 0, 1, 0, 0, 0, 20],
  ["Bouncy Castle keystore (BKS)", 0, 0, 0, 2, 0, 0, 0, 20],
  ["ZIP archive", 0x50, 0x4b, 0x03, 0x04],
  // old-format packet tags 5 and 6 with two-octet lengths, new-format tags 5 and 6
  ["PGP key", 0x95],
  ["PGP key", 0x99],
  ["PGP key", 0xc5],
  ["PGP key", 0xc6],
];

/** How text files begin. */
const TEXTS: readonly (readonly [ForeignKind, RegExp])[] = [
  ["HTML page", /^\s*<(!doctype|html|head|body|\?xml)/i],
  ["OpenSSH public key", /^(ssh-|ecdsa-sha2-)/],
  ["PuTTY private key", /^PuTTY-User-Key-File-/],
  ["JSON text", /^\s*[{[]/],
];

/** What stands behind BEGIN, where it is not a thing that is read here. */
const LABELS: ReadonlyMap<string, ForeignKind> = new Map([
  ["PUBLIC KEY", "public key"],
  ["RSA PUBLIC KEY", "public key"],
  ["EC PUBLIC KEY", "public key"],
  ["DSA PUBLIC KEY", "public key"],
  ["CERTIFICATE REQUEST", "certificate request"],
  ["NEW CERTIFICATE REQUEST", "certificate request"],
  ["X509 CRL", "revocation list"],
  ["DSA PARAMETERS", "DSA parameters"],
  ["EC PARAMETERS", "EC parameters"],
  ["OPENSSH PRIVATE KEY", "OpenSSH private key"],
  ["SSH2 PUBLIC KEY", "OpenSSH public key"],
  ["PGP PRIVATE KEY BLOCK", "PGP key"],
  ["PGP PUBLIC KEY BLOCK", "PGP key"],
  ["PGP MESSAGE", "PGP key"],
]);

/** The kind of a PEM block by its label, where it is none that is read here. */
export function foreignLabel(label: string): ForeignKind | undefined {
  return LABELS.get(label);
}

/** The kind of a file; `undefined` where it is none that is known. */
export function kindOf(file: string | Uint8Array): Kind | undefined {
  if (typeof file === "string") {
    if (file.includes("-----BEGIN ")) return "PEM text";
    return TEXTS.find(([, pattern]) => pattern.test(file))?.[0] ?? "text";
  }
  if (file[0] === SEQUENCE) return kindOfSequence(file);
  return MAGIC.find(([, ...magic]) => magic.every((byte, i) => file[i] === byte))?.[0];
}

/** What the first elements of each structure are. The first line that fits decides. */
const STRUCTURES: readonly (readonly [Kind, ...(number | readonly number[])[]])[] = [
  ["PKCS#12", INTEGER, [OBJECT_IDENTIFIER, 0xa0]],
  ["private key", INTEGER, SEQUENCE, OCTET_STRING],
  ["PKCS#12", INTEGER, SEQUENCE],
  [
    "RSA private key",
    INTEGER,
    INTEGER,
    INTEGER,
    INTEGER,
    INTEGER,
    INTEGER,
    INTEGER,
    INTEGER,
    INTEGER,
  ],
  ["DSA private key", INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER],
  ["public key", INTEGER, INTEGER],
  ["EC private key", INTEGER, OCTET_STRING],
  ["encrypted private key", SEQUENCE, OCTET_STRING],
  ["encrypted private key", SEQUENCE, OCTET_STRING | CONSTRUCTED],
  ["public key", SEQUENCE, BIT_STRING],
  ["PKCS#7", OBJECT_IDENTIFIER, 0xa0],
  // tbsCertificate, of version 1 and later; certificationRequestInfo; tbsCertList
  ["certificate request", [INTEGER, SEQUENCE, SEQUENCE, 0xa0], SEQUENCE, BIT_STRING],
  ["revocation list", [INTEGER, SEQUENCE, SEQUENCE, 0x17], SEQUENCE, BIT_STRING],
  ["revocation list", [SEQUENCE, SEQUENCE, 0x17], SEQUENCE, BIT_STRING],
  ["certificate", SEQUENCE, SEQUENCE, BIT_STRING],
];

function kindOfSequence(file: Uint8Array): Kind | undefined {
  const elements = firstElements(file);
  const tags = elements.map(({ tag }) => tag);
  return STRUCTURES.find(([, ...wanted]) =>
    wanted.every((want, i) =>
      typeof want === "number" ? tags[i] === want : elements[i] &&
        firstElements(elements[i].raw).map(({ tag }) => tag).slice(
            0,
            want.length,
          ).join() === want.join()
    )
  )?.[0];
}

/** The first elements of a SEQUENCE, as many as are sound. */
function firstElements(sequence: Uint8Array): { tag: number; raw: Uint8Array }[] {
  const elements: { tag: number; raw: Uint8Array }[] = [];
  try {
    const reader = new Reader(sequence, "", "").sequence("");
    while (reader.tag !== undefined && elements.length < 10) {
      elements.push(reader.any(""));
    }
  } catch (error) {
    if (!(error instanceof McFetchError)) throw error;
  }
  return elements;
}

/**
 * The error for a file of another kind than the one that is needed.
 *
 * @param file What was being opened, for messages
 * @param wanted What it should be
 * @param kind What it is
 */
export function notThis(file: string, wanted: string, kind: Kind | undefined): Error {
  if (kind === undefined) {
    return malformed(file, `it is no ${wanted}, nor any other kind of file that is known here`);
  }
  const advice = kind in FOREIGN
    ? FOREIGN[kind as ForeignKind]
    : `pass a ${wanted} file, or use what it is where it belongs`;
  return malformed(
    file,
    `it is ${/^([aeiou]|HTML|RSA)/i.test(kind) ? "an" : "a"} ${kind}, not a ${wanted}`,
    advice,
  );
}
