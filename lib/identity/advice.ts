/**
 * Advice for errors about key files, for each function that can be called. Loaded when a file
 * fails.
 *
 * @module
 */
import { type KeyFileError, type KeyFileReason, McFetchError } from "../errors.ts";
import type { Kind } from "./foreign.ts";

/** Function that the user called, or the option of `fetch` that holds CA certificates. */
export type Entry =
  | "fetch"
  | "extraCa"
  | "readPkcs12"
  | "readPrivateKey"
  | "writePkcs12"
  | "command line";

/**
 * Advice for each entry, or the same for all. `fetch` has the advice of entries without their own.
 */
type Advice = string | (Partial<Record<Entry, string>> & { readonly fetch: string });

const OPEN_JAVA: Advice = {
  fetch: "pass it as `pfx`",
  readPkcs12: "convert it with the command `mc-mtls convert FILE -o client.p12`",
  readPrivateKey: "convert it with the command `mc-mtls convert FILE -o client.key`",
};

/** Tried with Bouncy Castle 1.78 and the keytool of JDK 17, which knows no type but its own. */
function convertBouncyCastle(type: string): string {
  return "convert it with `keytool -importkeystore -srckeystore FILE -srcstoretype " + type +
    " -destkeystore client.p12 -deststoretype PKCS12 -provider " +
    "org.bouncycastle.jce.provider.BouncyCastleProvider -providerpath bcprov.jar`";
}

const CONVERT_PUTTY = "convert it with `puttygen FILE -O private-openssh -o client.key`";
const PASS_X509 = "pass an X.509 certificate and its private key";

const PASS_PEM: Advice = {
  fetch: "pass it as `cert` and `key`",
  readPkcs12: "read its private key with readPrivateKey",
};

/** Advice for files of other kinds. */
const FOREIGN: Readonly<Partial<Record<Kind, Advice>>> = {
  "PEM text": PASS_PEM,
  "PKCS#12": {
    fetch: "pass it as `pfx`",
    readPrivateKey: "open it with readPkcs12",
    writePkcs12: "open it with readPkcs12, and pass its `key` and `cert`",
  },
  "PKCS#7": "pass the private key that was made for its certificates",
  certificate: {
    fetch: "pass it as `cert`, and its private key as `key`",
    readPrivateKey: "pass the private key that was made for it",
    readPkcs12: "pass the .p12 file that holds it",
  },
  "private key": {
    fetch: "pass it as `key`, and its certificate as `cert`",
    readPkcs12: "read it with readPrivateKey",
  },
  "public key": "pass the private key, which cannot be derived from the public key",
  "certificate request": "pass the certificate that the CA issued for it, or send it to the CA",
  "revocation list": "pass a certificate and its private key",
  "DSA parameters": "pass the private key that was made from them",
  "EC parameters": "pass the private key that was made from them",
  "Java keystore (JKS)": OPEN_JAVA,
  "Java keystore (JCEKS)": OPEN_JAVA,
  "Bouncy Castle keystore (BKS)": convertBouncyCastle("BKS"),
  "Bouncy Castle keystore (UBER)": convertBouncyCastle("UBER"),
  "Bouncy Castle keystore (BCFKS)": convertBouncyCastle("BCFKS"),
  // The legacy provider has RC4, which protects a key with a passphrase.
  "PVK private key":
    "convert it with `openssl rsa -inform PVK -provider default -provider legacy " +
    "-in FILE -out client.key`",
  "MSBLOB private key": "convert it with `openssl rsa -inform MSBLOB -in FILE -out client.key`",
  "MSBLOB public key": "pass the private key, which cannot be derived from the public key",
  "XML private key": "export the key from .NET with `ExportPkcs8PrivateKeyPem()`",
  "XML public key": "pass the private key, which cannot be derived from the public key",
  "JSON Web Key": 'convert it in Node with `crypto.createPrivateKey({ key: jwk, format: "jwk" })' +
    '.export({ type: "pkcs8", format: "pem" })`',
  "DH parameters": PASS_X509,
  "attribute certificate": PASS_X509,
  "OpenVPN static key": PASS_X509,
  "PGP key": "pass an X.509 certificate and its private key, since TLS does not support PGP keys",
  "OpenSSH private key": "convert a copy of it with `ssh-keygen -p -m PKCS8 -f FILE`",
  "OpenSSH public key": PASS_X509,
  "SSH2 private key": CONVERT_PUTTY,
  "SSH2 public key": PASS_X509,
  "PuTTY private key":
    "export it from PuTTYgen as an OpenSSH key, and convert that with `ssh-keygen -p -m PKCS8 -f FILE`",
  "NSS database": "export from its folder with `pk12util -o client.p12 -n NAME -d FOLDER`",
  "HTML page":
    "sign in and download the file again, since this is probably a login page or an error page",
  "ZIP archive": "unpack it and pass the key file that is in it",
  "compressed file": "unpack it and pass the key file that is in it",
  "encrypted file": "decrypt it with the program that encrypted it",
  "list of numbers": "pass the bytes themselves, not their text: `Uint8Array.from(numbers)`",
  placeholder:
    "pass the contents of the file: check that the variable is set, and that a Promise " +
    "is awaited",
  path: "read the file and pass its contents, not its path",
  "JSON text": "take the key and the certificate out of it and pass those",
  text: "pass the contents of the file, not its path: PEM text starts with -----BEGIN",
};

const PRIVATE_KEYS: ReadonlySet<string> = new Set<Kind>([
  "encrypted private key",
  "RSA private key",
  "EC private key",
  "DSA private key",
]);

const REASONS: Readonly<Record<Exclude<KeyFileReason, "foreign" | "limit">, Advice>> = {
  damaged: "export or download it again, since it is damaged or incomplete",
  empty: "check the path or the variable, and that the file was copied completely",
  read_as_text: "read the file as bytes, without an encoding; a variable can hold it as base64",
  unread:
    "write each block as -----BEGIN …-----, base64 and -----END …-----, on lines of their own",
  unsupported_encryption:
    "export it again with AES-256 and SHA-256, which current tools write by default",
  unsupported_content: "export it again with a passphrase, or pass the certificates as PEM",
  unsupported_key: "use an RSA, EC P-256 or Ed25519 key",
  unusable_key: "use an RSA or EC P-256 key",
  passphrase_missing: {
    fetch: "pass it as `passphrase`",
    extraCa: "export its certificates as PEM, which needs none",
    writePkcs12:
      "decrypt it first, with readPrivateKey, readPkcs12 or the command `mc-mtls convert`",
    "command line": "name a file that holds it with --passphrase-file, or set MC_MTLS_PASSPHRASE",
  },
  passphrase_wrong: "check the passphrase for typing errors and spaces around it",
  no_private_key: {
    fetch: "export it together with its private key, which was made for the certificate",
    readPrivateKey: "pass the file that says PRIVATE KEY",
    "command line": "name the file that holds the private key with --key",
  },
  no_certificate: "export it together with the certificate that the CA issued for this key",
  no_ca_certificate: "pass the certificate of the CA that issued the server's certificate",
  key_mismatch: "pass the key that the certificate was requested with",
  ambiguous_key: {
    fetch: "choose one by its name or fingerprint with `alias`",
    "command line": "choose one by its name or fingerprint with --alias",
  },
};

/** Returns the error with the advice for the called function. */
export function addAdvice(error: KeyFileError, entry: Entry): McFetchError {
  const advice = `${error.message}; ${findAdvice(error, entry)}${describeOtherCause(error, entry)}`;
  return new McFetchError(error.code, advice, { cause: error.cause });
}

function findAdvice({ reason, detail }: KeyFileError, entry: Entry): string {
  if (reason === "limit") {
    // These two have no option for limits.
    return entry === "command line" || entry === "writePkcs12"
      ? "check that it is a key file from a source that you trust"
      : `if you trust the file, raise the limit \`${detail}\``;
  }
  if (reason !== "foreign") return selectAdvice(REASONS[reason], entry);
  const kind = PRIVATE_KEYS.has(detail) ? "private key" : detail as Kind;
  return selectAdvice(FOREIGN[kind] ?? REASONS.damaged, entry);
}

function selectAdvice(advice: Advice, entry: Entry): string {
  return typeof advice === "string" ? advice : advice[entry] ?? advice.fetch;
}

function describeOtherCause({ reason, detail }: KeyFileError, entry: Entry): string {
  if (reason !== "passphrase_wrong" || detail === "") return "";
  if (detail === "file changed") return "; or the file was changed after it was written";
  const isCommand = entry === "command line";
  const option = isCommand ? "with --key-passphrase-file" : "as `keyPassphrase`";
  return detail === "several key passphrases"
    ? "; or its private keys have other passphrases: " +
      `choose one key with ${isCommand ? "--alias" : "`alias`"}, and pass its passphrase ${option}`
    : `; or its private keys have another passphrase, which is passed ${option}`;
}
