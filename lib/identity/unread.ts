/**
 * What to say about the parts of a key file that are not read. Loaded when a file has such parts.
 *
 * @module
 */
import { KeyFileError, malformed } from "../errors.ts";
import type { PemBlock } from "../keys/pem.ts";
import { showList } from "../show.ts";
import { addArticle, findLabelKind, type Kind, wrongKind } from "./foreign.ts";
import { isKeyFile } from "./kinds.ts";
import { findLabel } from "./labels.ts";

/** Parts of files that are not read. */
export interface Unread {
  /** The parts that are not understood, in words. */
  readonly unread: readonly string[];
  /** The kinds of the parts that are understood and of no use here. */
  readonly others: readonly Kind[];
}

/** The label for contents whose format is detected from the content. */
const ANY_CONTENT = "PKCS12";
/** Kinds of private keys that other programs convert. */
const OTHER_KEYS = /private key|PGP key/;
/** The most parts that a message lists. */
const MAX_LISTED = 5;

/**
 * Classifies a PEM block with an unknown label.
 *
 * @returns The label under which the block is read, or what to say about it
 */
export function classifyBlock({ label, bytes }: PemBlock): string | Unread {
  const usual = findLabel(label) ?? label;
  const kind = findLabelKind(usual);
  if (kind) return { unread: [], others: [kind] };
  if (usual !== label) return usual;
  if (isKeyFile(bytes)) return ANY_CONTENT;
  const letters = label.replace(/[^\x20-\x7e]/g, "?");
  return { unread: [`the block ${letters} has an unknown label`], others: [] };
}

/** Returns the error for a file without the wanted contents. */
export function describeNothing(file: string, wanted: string, parts: Unread): KeyFileError {
  const [kind] = parts.others;
  if (kind !== undefined || parts.unread.length === 0) return wrongKind(file, wanted, kind);
  return malformed(
    file,
    `no ${wanted} in it is understood: ${showList(parts.unread, ", ", MAX_LISTED)}`,
    "unread",
  );
}

/** Returns the error for a file of which nothing may be skipped. */
export function describeUnread(file: string, { unread }: Unread): KeyFileError {
  return malformed(
    file,
    `a part of it is not understood: ${showList(unread, ", ", MAX_LISTED)}`,
    "unread",
  );
}

/** Adds the parts that are not read to an error about a missing or wrong part. */
export function addUnread(error: unknown, { unread, others }: Unread): unknown {
  if (!(error instanceof KeyFileError)) return error;
  const { code, message, reason, detail } = error;
  const key = others.find((kind) => OTHER_KEYS.test(kind));
  if (code === "no_private_key" && key !== undefined) {
    return new KeyFileError(code, `${message} but ${addArticle(key)}`, "foreign", key);
  }
  if (unread.length === 0) return error;
  const text = `${message}; not understood in the files: ${showList(unread, ", ", MAX_LISTED)}`;
  return new KeyFileError(code, text, reason, detail);
}
