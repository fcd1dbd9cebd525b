/**
 * A TLS handshake in words: what the server says of itself, and what it asks of the client. For the
 * command line. This file is loaded on demand.
 *
 * @module
 */
import { type CertificateDetails, describeReadable } from "../certificates/details.ts";
import { equalBytes } from "../crypto/bytes.ts";
import type { KeyKind } from "../keys/algorithms.ts";
import { formatName } from "../keys/names.ts";
import { readPem } from "../keys/pem.ts";
import { readCertificate } from "../keys/x509.ts";
import { nameOf, SIGNATURE_NAMES } from "../tls/parameters.ts";
import type { ServerFacts } from "../tls/probe.ts";
import { showText } from "../show.ts";
import type { ClientSettings } from "./runtime/client.ts";
import { observeHandshake } from "./runtime/handshake.ts";

/** A handshake in words. Absent members are not known. */
export interface Handshake {
  /** The version, such as `TLS 1.3`. */
  readonly version?: string;
  /** The cipher suite, by its IANA name. */
  readonly cipher?: string;
  /** The server's certificates that can be read, in the order sent. Nothing of them is verified. */
  readonly chain: readonly CertificateDetails[];
  /** What the server asks of a client certificate; `null` if it asks for none in the handshake. */
  readonly request?: Asked | null;
  /**
   * True if the client certificate is sent: the server asks for one, and accepts a signature of its
   * key.
   */
  readonly isSent?: boolean;
}

/** What a server asks of a client certificate. */
export interface Asked {
  /** The CAs that it names, such as `CN=Example CA`. Each is bounded and on one line. */
  readonly authorities: readonly string[];
  /** The signature schemes that it accepts, such as `rsa_pss_rsae_sha256`. */
  readonly signatures: readonly string[];
  /** True if it names CAs, and none of them issued a certificate of the client's chain. */
  readonly namesOthers: boolean;
}

/**
 * Repeats the first half of a handshake, as {@linkcode observeHandshake} does, and describes it.
 * Never rejects.
 *
 * @param url The server
 * @param settings What the client was opened with
 * @param patience The longest time, in milliseconds. Default is 3000
 */
export async function describeHandshake(
  url: URL,
  settings: ClientSettings,
  patience?: number,
): Promise<Handshake> {
  const facts = await observeHandshake(url, settings, patience);
  const { chain = [], request, version, cipher } = facts;
  const isSent = isCertificateSent(facts, settings.keyKind);
  return {
    ...version !== undefined && { version },
    ...cipher !== undefined && { cipher },
    chain: (await describeReadable(chain)).map(({ details }) => details),
    ...request !== undefined && { request: request && describeRequest(request, settings.cert) },
    ...isSent !== undefined && { isSent },
  };
}

type Request = NonNullable<ServerFacts["request"]>;

/** Describes what a server asks of a client certificate. */
export function describeRequest({ authorities, signatures }: Request, cert: string): Asked {
  const file = "the client certificate";
  const issuers = readPem(cert, file).map(({ bytes }) => readCertificate(bytes, file).issuer);
  const isNamed = authorities.some((name) => issuers.some((issuer) => equalBytes(issuer, name)));
  return {
    authorities: authorities.map(describeName),
    signatures: signatures.map((scheme) => nameOf(SIGNATURE_NAMES, scheme)),
    namesOthers: authorities.length > 0 && !isNamed,
  };
}

function describeName(name: Uint8Array): string {
  try {
    return showText(formatName(name));
  } catch {
    return "(a name that cannot be read)";
  }
}

/**
 * True if a client with this key sends its certificate; undefined if it is not known. A client
 * without a signature that the server accepts sends none (RFC 8446, section 4.4.2). Bun ends the
 * handshake then.
 */
export function isCertificateSent(
  { request, version = "" }: Pick<ServerFacts, "request" | "version">,
  key: KeyKind,
): boolean | undefined {
  if (request === undefined || request === null) return request === null ? false : undefined;
  if (version < "TLS 1.2") return true; // it names no signatures
  return listSchemes(key, version === "TLS 1.3")
    .some((scheme) => request.signatures.includes(scheme));
}

const ECDSA: Readonly<Record<string, number>> = {
  "P-256": 0x0403,
  "P-384": 0x0503,
  "P-521": 0x0603,
};

/** Returns the signature schemes of a key. TLS 1.2 does not bind a curve to a hash. */
function listSchemes(key: KeyKind, is13: boolean): number[] {
  if (key.family === "RSA") {
    if (key.scheme !== "RSA") return [0x0809, 0x080a, 0x080b];
    return [0x0804, 0x0805, 0x0806, ...is13 ? [] : [0x0401, 0x0501, 0x0601, 0x0201]];
  }
  if (key.family === "EC") {
    const own = ECDSA[key.curve ?? ""];
    return is13 ? [own ?? -1] : [...Object.values(ECDSA), 0x0203];
  }
  return key.family !== "other" ? [] : key.name === "Ed25519" ? [0x0807] : [0x0808];
}
