/**
 * From the files that a caller has to the one identity that a TLS handshake needs.
 *
 * @module
 */
import type { FoundCertificate, FoundKey, KeyFile } from "../keys/contents.ts";
import { McFetchError } from "../errors.ts";
import { type Contents, type KeyEntry, readKeyFile } from "./key_file.ts";
import { buildChain, bySubject } from "./chain.ts";
import { findLeaf } from "./pairing.ts";
import { writePem } from "../keys/pem.ts";
import { Budget, type Pkcs12Options } from "../encryption/limits.ts";
import { unsupported } from "../errors.ts";
import { tlsKeyType, writeTlsKey } from "./tls_key.ts";
import { fingerprint, nameText } from "../keys/x509.ts";

/** Where an identity comes from: certificate and key, or one file with both. Text and bytes of any kind. */
export type IdentitySource =
  | {
    readonly cert: KeyFile;
    readonly key: KeyFile;
    readonly passphrase?: string;
    readonly alias?: string;
  }
  | {
    readonly pfx: KeyFile;
    readonly passphrase?: string;
    readonly alias?: string;
  };

/** What a TLS handshake needs, as PEM. */
export interface Identity {
  /** The leaf certificate, then its issuers, nearest first. */
  readonly cert: string;
  /** The leaf's private key, as unencrypted PKCS#8. */
  readonly key: string;
  /** The key's type, such as "RSA 2048" or "EC P-256". */
  readonly keyType: string;
}

/** A private key and the certificate that belongs to it. */
export interface Pair {
  readonly key: FoundKey;
  readonly leaf: FoundCertificate;
}

/**
 * The identity of a credential: the one private key whose certificate is there, proven to belong to it, and the
 * certificate's issuers. What kind of file each is, is told by its bytes.
 *
 * @param source The files, the passphrase, and which identity is meant where there are several: `alias` is a
 * friendly name or a certificate's SHA-256 fingerprint
 * @param options Bounds, and the passphrase of the keys where it is not the file's own
 * @returns The chain, leaf first, and the key
 * @throws {McFetchError} `wrong_password`, `malformed_credentials`, `unsupported_algorithm`, `limit_exceeded`,
 * `no_private_key`, `no_certificate`, `key_mismatch` or `ambiguous_key`
 */
export async function loadIdentity(
  source: IdentitySource,
  options: Pkcs12Options = {},
): Promise<Identity> {
  const candidates = await readCandidates(source, options);
  const { certificates, file } = candidates;
  const { key, leaf } = await findPair(candidates, source.alias, options);
  const chain = buildChain(leaf.certificate, bySubject(certificates));
  return {
    cert: [leaf.certificate, ...chain].map(({ der }) => writePem("CERTIFICATE", der)).join(""),
    key: writePem("PRIVATE KEY", writeTlsKey(key.key, leaf.certificate, file)),
    keyType: tlsKeyType(key.key, leaf.certificate),
  };
}

/** All that the files hold. */
export interface Candidates {
  readonly certificates: readonly FoundCertificate[];
  readonly keys: readonly FoundKey[];
  /** What the files are called in messages. */
  readonly file: string;
}

/** Opens the files, whatever they hold. */
export async function readCandidates(
  source: IdentitySource,
  options: Pkcs12Options,
): Promise<Candidates> {
  return "pfx" in source
    ? await readOne(source.pfx, source.passphrase, options)
    : await readBoth(source.cert, source.key, source.passphrase, options);
}

/** The one private key that has a certificate, or the one that is named, and its certificate. */
export async function findPair(
  { certificates, keys, file }: Candidates,
  alias: string | undefined,
  options: Pkcs12Options,
): Promise<Pair> {
  if (keys.length === 0) {
    throw none("no_private_key", file, "private key", "the one that was made for the certificate");
  }
  if (certificates.length === 0) {
    throw none(
      "no_certificate",
      file,
      "certificate",
      "the one that the authority issued for this key",
    );
  }
  return await choose(await pair(keys, certificates, new Budget(file, options)), alias, file);
}

async function readOne(
  pfx: KeyFile,
  passphrase: string | undefined,
  options: Pkcs12Options,
): Promise<Candidates> {
  const file = "the PKCS#12 file";
  const { certificates, keys } = await readKeyFile(
    pfx,
    passphrase,
    options,
    new Budget(file, options),
  );
  return { certificates, keys: await openKeys(keys), file };
}

async function readBoth(
  cert: KeyFile,
  key: KeyFile,
  passphrase: string | undefined,
  options: Pkcs12Options,
): Promise<Candidates> {
  const fromCert = await readKeyFile(
    cert,
    passphrase,
    options,
    new Budget("the certificate file", options),
  );
  const fromKey: Contents = cert === key ? fromCert : await readKeyFile(
    key,
    passphrase,
    options,
    new Budget("the key file", options),
  );
  // a key beside the certificate counts only where the key file has none, and is not decrypted otherwise
  const keys = fromKey.keys.length > 0 ? fromKey.keys : fromCert.keys;
  const certificates = cert === key
    ? fromCert.certificates
    : [...fromCert.certificates, ...fromKey.certificates];
  return { certificates, keys: await openKeys(keys), file: "the credentials" };
}

function openKeys(keys: readonly KeyEntry[]): Promise<FoundKey[]> {
  return Promise.all(keys.map((entry) => entry()));
}

function none(
  code: "no_private_key" | "no_certificate",
  file: string,
  what: string,
  which: string,
): McFetchError {
  return new McFetchError(
    code,
    `Cannot use ${file}: no ${what} is in there; export it together with its ${what}, ${which}`,
  );
}

/** Every key that has a certificate, once. */
async function pair(
  keys: readonly FoundKey[],
  certificates: readonly FoundCertificate[],
  budget: Budget,
): Promise<Pair[]> {
  const { file } = budget;
  const pairs: Pair[] = [];
  const unproven: FoundKey[] = [];
  for (const key of keys) {
    const { leaf, provable } = await findLeaf(key, certificates, budget);
    if (!provable) unproven.push(key);
    else if (leaf && !pairs.some((pair) => pair.leaf === leaf)) {
      pairs.push({ key, leaf });
    }
  }
  if (pairs.length > 0) return pairs;
  if (unproven.length > 0) {
    throw unsupported(
      file,
      `TLS with a key of the type ${unproven[0]!.key.type} in this runtime`,
      "use an RSA or EC P-256 key",
    );
  }
  throw new McFetchError(
    "key_mismatch",
    `Cannot use ${file}: no certificate belongs to the private key (${
      keys.map(({ key }) => key.type).join(", ")
    }); ` +
      `the certificates are for ${
        certificates.map(({ certificate }) => nameText(certificate.subject))
          .join("; ")
      }. ` +
      "Pass the key that the certificate was requested with",
  );
}

/** The pair that is meant. */
async function choose(
  pairs: readonly Pair[],
  alias: string | undefined,
  file: string,
): Promise<Pair> {
  const named = await Promise.all(pairs.map(async (pair) => ({
    pair,
    name: pair.key.friendlyName ?? pair.leaf.friendlyName,
    subject: nameText(pair.leaf.certificate.subject),
    fingerprint: await fingerprint(pair.leaf.certificate),
  })));
  const wanted = alias?.replaceAll(":", "").toUpperCase();
  const chosen = alias === undefined
    ? named
    : named.filter((one) => one.name === alias || one.fingerprint.replaceAll(":", "") === wanted);
  if (chosen.length === 1) return chosen[0]!.pair;
  const list = named.map((one) =>
    `"${one.name ?? ""}" (${one.subject}, SHA-256 ${one.fingerprint})`
  ).join("; ");
  const problem = alias === undefined
    ? `it holds ${named.length} private keys and none was chosen`
    : `${chosen.length} of its private keys have the alias "${alias}"`;
  throw new McFetchError(
    "ambiguous_key",
    `Cannot use ${file}: ${problem}; pass as \`alias\` the name or the fingerprint of one of these: ${list}`,
  );
}
