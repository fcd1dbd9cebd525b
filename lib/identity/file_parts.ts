/**
 * Keys and certificates of a part of a file, and of all parts together.
 *
 * @module
 */
import type { FoundCertificate, FoundKey } from "../keys/contents.ts";
import type { Certificate } from "../keys/x509.ts";
import type { Kind } from "./foreign.ts";

/** Function that decrypts a private key when it is needed. */
export type KeyEntry = () => Promise<FoundKey>;

/** Keys and certificates of a file. */
export interface Contents {
  readonly certificates: readonly FoundCertificate[];
  readonly keys: readonly KeyEntry[];
  /** The parts that are not understood, in words. */
  readonly unread: readonly string[];
  /** The kinds of the parts that are understood and of no use here. */
  readonly others: readonly Kind[];
  /** True if the certificates have an order. PKCS#12 and PKCS#7 have none. */
  readonly isOrdered: boolean;
}

/** The kinds of files that {@linkcode Contents} come from, in messages. */
export const WANTED = "certificate or private key";

/** No contents. */
export const NOTHING: Contents = {
  certificates: [],
  keys: [],
  unread: [],
  others: [],
  isOrdered: false,
};

/** Joins the contents of the parts of a file. */
export function mergeContents(
  parts: readonly Contents[],
  unread: readonly string[] = [],
): Contents {
  return {
    certificates: parts.flatMap((part) => part.certificates),
    keys: parts.flatMap((part) => part.keys),
    unread: [...unread, ...parts.flatMap((part) => part.unread)],
    others: parts.flatMap((part) => part.others),
    isOrdered: parts.every((part) => part.isOrdered || part.certificates.length === 0),
  };
}

/** Returns the contents of certificates in their order. */
export function holdCertificates(certificates: readonly Certificate[]): Contents {
  return {
    ...NOTHING,
    certificates: certificates.map((certificate) => ({ certificate })),
    isOrdered: true,
  };
}

/** Returns the contents of a key that is decrypted when it is needed. */
export function deferKey(read: () => Promise<FoundKey["key"]>): Contents {
  return { ...NOTHING, keys: [async () => ({ key: await read() })] };
}
