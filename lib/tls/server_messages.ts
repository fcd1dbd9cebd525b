/**
 * The messages of a server in a handshake (RFC 8446, section 4; RFC 5246, section 7.4).
 *
 * @module
 */
import { bitLength, toBigInt } from "../crypto/bytes.ts";
import { EXTENSION } from "./client_hello.ts";
import { TLS_1_3, VERSIONS } from "./parameters.ts";
import { Fields } from "./vectors.ts";

/** What a server asks of a client certificate. */
export interface CertificateRequest {
  /** The signature schemes that it accepts; empty before TLS 1.2. */
  readonly signatures: readonly number[];
  /** The names in DER of the CAs that it accepts; empty if it names none. */
  readonly authorities: readonly Uint8Array[];
}

/** The parts of a ServerHello that are used. */
export interface ServerHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly cipherSuite: number;
  readonly secureRenegotiation: boolean;
  readonly group?: number;
  readonly publicKey?: Uint8Array<ArrayBuffer>;
  readonly cookie?: Uint8Array;
}

function readExtensions(fields: Fields): Map<number, Fields> {
  const extensions = new Map<number, Fields>();
  if (fields.ended) return extensions;
  const list = new Fields(fields.readVector(2));
  while (!list.ended) extensions.set(list.readNumber(2), new Fields(list.readVector(2)));
  return extensions;
}

/** Reads a ServerHello (RFC 8446, section 4.1.3). */
export function readServerHello(contents: Uint8Array): ServerHello {
  const fields = new Fields(contents);
  const legacyVersion = fields.readNumber(2);
  const random = fields.readBytes(32);
  fields.readVector(1); // session identifier
  const cipherSuite = fields.readNumber(2);
  fields.readNumber(1); // compression
  const extensions = readExtensions(fields);
  const version = extensions.get(EXTENSION.versions)?.readNumber(2) ?? legacyVersion;
  const share = extensions.get(EXTENSION.keyShare);
  const group = share?.readNumber(2);
  const publicKey = share === undefined || share.ended ? undefined : share.readVector(2);
  const cookie = extensions.get(EXTENSION.cookie)?.readVector(2);
  return {
    ...{ version, random, cipherSuite },
    secureRenegotiation: extensions.has(EXTENSION.renegotiation),
    ...group !== undefined && { group },
    ...publicKey && { publicKey },
    ...cookie && { cookie },
  };
}

/** Reads the certificates of a Certificate message (RFC 8446, section 4.4.2). */
export function readCertificateMessage(contents: Uint8Array, is13: boolean): Uint8Array[] {
  const fields = new Fields(contents);
  if (is13) fields.readVector(1); // certificate_request_context
  const list = new Fields(fields.readVector(3));
  const certificates: Uint8Array[] = [];
  while (!list.ended) {
    certificates.push(list.readVector(3));
    if (is13) list.readVector(2); // extensions
  }
  return certificates;
}

/** Reads a CertificateRequest (RFC 8446, section 4.3.2; RFC 5246, section 7.4.4). */
export function readCertificateRequest(contents: Uint8Array, version: number): CertificateRequest {
  const fields = new Fields(contents);
  fields.readVector(1); // certificate_request_context in TLS 1.3, certificate_types before
  const names = (list: Fields) => {
    const authorities: Uint8Array[] = [];
    while (!list.ended) authorities.push(list.readVector(2));
    return authorities;
  };
  if (version === TLS_1_3) {
    const extensions = readExtensions(fields);
    const signatures = extensions.get(EXTENSION.signatures)?.readVector(2) ?? new Uint8Array(0);
    const list = extensions.get(EXTENSION.authorities)?.readVector(2) ?? new Uint8Array(0);
    return {
      signatures: new Fields(signatures).readNumbers(),
      authorities: names(new Fields(list)),
    };
  }
  const isTls12 = VERSIONS.get(version) === "TLS 1.2";
  const signatures = isTls12 ? new Fields(fields.readVector(2)).readNumbers() : [];
  return { signatures, authorities: names(new Fields(fields.readVector(2))) };
}

/** Reads the length of the prime in a ServerKeyExchange of Diffie-Hellman, in bits. */
export function readDhBits(contents: Uint8Array): number {
  return bitLength(toBigInt(new Fields(contents).readVector(2)));
}
