import type { Identity } from "../credentials.ts";

/** What a client is opened with: the identity to present and the authorities to trust. */
export interface ClientSettings extends Identity {
  /** Certificates in PEM, trusted in addition to the runtime's own. */
  readonly ca: readonly string[];
  /** The proxy to go through, an `http:` or `https:` URL. Absent means the runtime decides. */
  readonly proxy?: string;
}

/** One identity's connections. An adapter makes one and knows nothing of key files or redirects. */
export interface Client {
  /** One hop: sends one request, resolves with its response, follows nothing. */
  fetch(request: Request): Promise<Response>;
  /** Ends the connections once what is under way on them is done. */
  close(): void;
}

/** Opens a client. */
export type OpenClient = (settings: ClientSettings) => Client | Promise<Client>;
