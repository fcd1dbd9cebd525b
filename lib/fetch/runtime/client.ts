import type { Identity } from "../../identity/identity.ts";
import { McFetchError } from "../../errors.ts";

/** What a client is opened with: the identity to present and the authorities to trust. */
export interface ClientSettings extends Identity {
  /** Certificates in PEM, trusted in addition to the runtime's own. */
  readonly ca: readonly string[];
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

/** The error for a key that the runtime's TLS cannot use, however sound it is. */
export function refuseKey(runtime: string, keyType: string, cause?: unknown): McFetchError {
  return new McFetchError(
    "unsupported_algorithm",
    `Cannot present the client certificate: the TLS of ${runtime} does not take it or its key ` +
      `(${keyType}); ask for a certificate of version 3 for an RSA 2048 or EC P-256 key`,
    { cause },
  );
}
