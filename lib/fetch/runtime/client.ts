import { describeKey } from "../../keys/algorithms.ts";
import type { Identity } from "../../identity/identity.ts";
import { McFetchError } from "../../errors.ts";

/** What a client is opened with: the identity to present and the authorities to trust. */
export interface ClientSettings extends Identity {
  /** CA certificates in PEM, trusted in addition to the runtime's own. */
  readonly extraCa: readonly string[];
  /** The proxy to go through, an `http:` or `https:` URL. Absent means the runtime decides. */
  readonly proxy?: string;
}

/** Does one hop: a client of ours, or the caller's own fetcher. */
export interface Hop {
  /** Sends one request, resolves with its response, follows nothing. */
  fetch(request: Request): Promise<Response>;
  /** What it presents, where that is known. */
  readonly settings?: ClientSettings;
}

/** One identity's connections. An adapter makes one and knows nothing of key files or redirects. */
export interface Client extends Hop {
  /** Ends the connections once what is under way on them is done. */
  close(): void;
}

/** Opens a client. */
export type OpenClient = (settings: ClientSettings) => Client | Promise<Client>;

/** Returns the error for a key that the runtime's TLS cannot use, however sound it is. */
export function refuseKey(
  runtime: string,
  { keyKind, isUsual }: Identity,
  cause?: unknown,
): McFetchError {
  const key = `${describeKey(keyKind)}${isUsual ? "" : ", in an unusual form"}`;
  return new McFetchError(
    "unsupported_algorithm",
    `Cannot present the client certificate: the TLS of ${runtime} does not support it or its key ` +
      `(${key}); ask for a certificate of version 3 for an RSA 2048 or EC P-256 key`,
    { cause },
  );
}

/** True if a key is of a kind that the TLS of Deno and Bun supports, sizes aside. */
export function isCommonKey({ keyKind: kind, isUsual }: Identity): boolean {
  if (!isUsual) return false;
  if (kind.family === "RSA") return kind.scheme === "RSA";
  if (kind.family === "EC") return kind.curve !== undefined && CURVES.has(kind.curve);
  return kind.family === "other" && kind.name === "Ed25519";
}

const CURVES: ReadonlySet<string> = new Set(["P-256", "P-384", "P-521"]);
