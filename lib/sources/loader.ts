/**
 * Credentials whose parts are files, read again when a file has changed.
 *
 * Whoever renews the files may be in the middle of it: one file of a pair is old, or a file is
 * written half. So the files are read when nothing changes meanwhile, and must fit together.
 *
 * @module
 */
import { MAX_BYTES } from "../encryption/opening.ts";
import { McFetchError } from "../errors.ts";
import {
  type CertKeyCredentials,
  type CredentialOptions,
  type PfxCredentials,
  readCredentials,
} from "../identity/credentials.ts";
import { loadIdentity } from "../identity/identity.ts";
import type { FileContents } from "../keys/contents.ts";
import { sleep } from "../timers.ts";
import { type DiskFile, readBounded, stampFile } from "./disk.ts";

/** One part of the credentials: a file, or its contents. */
export type Part = DiskFile | { readonly contents: FileContents };

/** The parts of credentials. */
export interface Parts {
  readonly cert?: Part | undefined;
  readonly key?: Part | undefined;
  readonly pfx?: Part | undefined;
  readonly passphraseFile?: Part | undefined;
  readonly extraCa: readonly Part[];
}

/** Options of credentials that are not files. */
export type OtherOptions = Omit<CredentialOptions, "extraCa">;

/** Credentials that were read from files. */
export type LoadedCredentials = CertKeyCredentials | PfxCredentials;

/** A function that reads the files again when they have changed. */
export type LoadCredentials = () => Promise<LoadedCredentials>;

/** Reads of files that do not fit together, at most, and the wait between two, in milliseconds. */
const MAX_READS = 5;
const WAIT = 100;

/** The largest file with a passphrase, in bytes. */
const MAX_PASSPHRASE = 64 * 1024;

/** Codes of failures that pass when the writer of the files is done. */
const PASSING: ReadonlySet<string> = new Set([
  "key_mismatch",
  "malformed_credentials",
  "no_certificate",
  "no_private_key",
  "credentials_unavailable",
]);

/** Makes the function. It returns the same object as long as no file has changed. */
export function makeLoader(parts: Parts, options: OtherOptions): LoadCredentials {
  const files = listFiles(parts);
  const maxBytes = options.limits?.maxBytes ?? MAX_BYTES;
  let last: { readonly stamps: string; readonly credentials: LoadedCredentials } | undefined;

  const stampAll = async () => (await Promise.all(files.map(stampFile))).join(" ");
  const readAll = () => readParts(parts, options, maxBytes);

  const load = async (stamps: string): Promise<LoadedCredentials> => {
    const credentials = await readAll();
    if (last !== undefined) await sleep(WAIT); // its writer may not be done yet
    if (await stampAll() !== stamps) throw changed();
    const { files } = readCredentials(credentials);
    if (files !== undefined) await loadIdentity(files);
    last = { stamps, credentials };
    return credentials;
  };

  return async () => {
    for (let read = 1;; read++) {
      let stamps = "";
      try {
        stamps = await stampAll();
        if (stamps === last?.stamps) return last.credentials;
        return await load(stamps);
      } catch (error) {
        if (read === MAX_READS) throw error;
        const isPassing = error instanceof McFetchError && PASSING.has(error.code);
        if (!isPassing && await stampAll().catch(() => "") === stamps) throw error;
        await sleep(WAIT);
      }
    }
  };
}

/** Returns the error for files that changed while they were read. */
function changed(): McFetchError {
  return new McFetchError(
    "credentials_unavailable",
    "Cannot read the files of the credentials: they change all the time; " +
      "write each file beside its place, and rename it",
  );
}

function listFiles({ cert, key, pfx, passphraseFile, extraCa }: Parts): DiskFile[] {
  return [cert, key, pfx, passphraseFile, ...extraCa]
    .flatMap((part) => part !== undefined && "path" in part ? [part] : []);
}

async function readParts(
  { cert, key, pfx, passphraseFile, extraCa }: Parts,
  options: OtherOptions,
  maxBytes: number,
): Promise<LoadedCredentials> {
  const read = (part: Part) => readPart(part, maxBytes);
  const passphrase = passphraseFile === undefined
    ? options.passphrase
    : readPassphrase(await readPart(passphraseFile, MAX_PASSPHRASE));
  const more = {
    ...options,
    passphrase,
    extraCa: extraCa.length === 0 ? undefined : await Promise.all(extraCa.map(read)),
  };
  if (pfx !== undefined) return { ...more, pfx: await read(pfx) };
  if (cert === undefined || key === undefined) throw new TypeError("cert and key are checked");
  const [certFile, keyFile] = await Promise.all([read(cert), read(key)]);
  return { ...more, cert: certFile, key: keyFile };
}

async function readPart(part: Part, maxBytes: number): Promise<FileContents> {
  return "path" in part ? await readBounded(part, maxBytes) : part.contents;
}

/** The line break at the end of a file is not part of the passphrase. */
function readPassphrase(contents: FileContents): string {
  const text = typeof contents === "string" ? contents : new TextDecoder().decode(contents);
  return text.replace(/\r?\n$/, "");
}
