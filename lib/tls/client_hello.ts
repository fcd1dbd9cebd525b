/**
 * The first message of a handshake (RFC 8446, section 4.1.2).
 *
 * @module
 */
import { concat } from "../crypto/bytes.ts";
import { CIPHER_SUITES, GROUPS, SIGNATURE_SCHEMES, VERSIONS } from "./parameters.ts";
import { writeNumber, writeNumbers, writeVector } from "./vectors.ts";

/** Types of handshake messages (RFC 8446, appendix B.3). */
export const MESSAGE = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  encryptedExtensions: 8,
  finished: 20,
  messageHash: 254,
} as const;

/** Types of extensions (RFC 8446, section 4.2; RFC 5746; RFC 6066; RFC 7301; RFC 7627). */
export const EXTENSION = {
  serverName: 0,
  groups: 10,
  pointFormats: 11,
  signatures: 13,
  alpn: 16,
  extendedMainSecret: 23,
  versions: 43,
  cookie: 44,
  pskModes: 45,
  authorities: 47,
  keyShare: 51,
  renegotiation: 0xff01,
} as const;

/** Half of a key agreement. */
export interface KeyShare {
  readonly group: number;
  readonly publicKey: Uint8Array;
}

/** The parts of the message that differ. */
export interface ClientHello {
  /** The server's name; undefined for an IP address (RFC 6066, section 3). */
  readonly serverName: string | undefined;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly share: KeyShare;
  /** What the server wants to see again, in a second hello. */
  readonly cookie?: Uint8Array | undefined;
}

/** Writes a handshake message: its type, its length, its contents. */
export function writeMessage(type: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat([writeNumber(type, 1), writeVector(3, ...parts)]);
}

/** Writes the message. It offers TLS 1.0 to 1.3 and HTTP/1.1. */
export function writeClientHello(hello: ClientHello): Uint8Array<ArrayBuffer> {
  return writeMessage(
    MESSAGE.clientHello,
    writeNumber(0x0303, 2), // legacy_version
    hello.random,
    writeVector(1, hello.sessionId),
    writeVector(2, writeNumbers([...CIPHER_SUITES.keys()])),
    writeVector(1, writeNumber(0, 1)), // no compression
    writeVector(2, ...listExtensions(hello)),
  );
}

function listExtensions({ serverName, share, cookie }: ClientHello): Uint8Array[] {
  const text = (text: string) => new TextEncoder().encode(text);
  const { group, publicKey } = share;
  const keyShare = concat([writeNumber(group, 2), writeVector(2, publicKey)]);
  const extensions: [number, Uint8Array][] = [
    [EXTENSION.groups, writeVector(2, writeNumbers([...GROUPS.keys()]))],
    [EXTENSION.pointFormats, writeVector(1, writeNumber(0, 1))], // uncompressed
    [EXTENSION.signatures, writeVector(2, writeNumbers([...SIGNATURE_SCHEMES.keys()]))],
    [EXTENSION.alpn, writeVector(2, writeVector(1, text("http/1.1")))],
    [EXTENSION.extendedMainSecret, new Uint8Array(0)],
    [EXTENSION.renegotiation, writeVector(1)],
    [EXTENSION.versions, writeVector(1, writeNumbers([...VERSIONS.keys()]))],
    [EXTENSION.pskModes, writeVector(1, writeNumber(1, 1))], // psk_dhe_ke
    [EXTENSION.keyShare, writeVector(2, keyShare)],
  ];
  if (serverName !== undefined) {
    const name = concat([writeNumber(0, 1), writeVector(2, text(serverName))]); // host_name
    extensions.unshift([EXTENSION.serverName, writeVector(2, name)]);
  }
  if (cookie !== undefined) extensions.push([EXTENSION.cookie, writeVector(2, cookie)]);
  return extensions.map(([type, contents]) =>
    concat([writeNumber(type, 2), writeVector(2, contents)])
  );
}
