/**
 * The first half of a TLS handshake, to read what a server sends and asks for: version, cipher and
 * certificates, and whether it asks for a client certificate, with which CAs and signatures.
 *
 * Nothing is verified, no certificate is sent, and no application data. The handshake ends where
 * the client would answer. It is needed since Node, Deno and Bun have no function that says whether
 * the server asked.
 *
 * @module
 */
import { concat, equalBytes } from "../crypto/bytes.ts";
import { type ClientHello, MESSAGE, writeClientHello, writeMessage } from "./client_hello.ts";
import { ALERTS, CIPHER_SUITES, nameOf, TLS_1_3, VERSIONS } from "./parameters.ts";
import { contentsOf, MessageSplitter } from "./messages.ts";
import { RecordReader, type TlsRecord } from "./records.ts";
import { type Agreement, type Decrypt, deriveServerKey, hashOf, makeAgreement } from "./secrets.ts";
import {
  type CertificateRequest,
  readCertificateMessage,
  readCertificateRequest,
  readDhBits,
  readServerHello,
} from "./server_messages.ts";
import { TlsFormatError, writeVector } from "./vectors.ts";

/** The connection of a probe. */
export interface Transport {
  /** Sends bytes. */
  write(bytes: Uint8Array<ArrayBuffer>): void;
  /** Waits for bytes. Returns undefined if the connection ended. */
  read(): Promise<Uint8Array | undefined>;
}

/** What a server said in the first half of a handshake. Absent members are not known. */
export interface ServerFacts {
  /** The version, such as `TLS 1.3`. */
  version?: string;
  /** The cipher suite that the server chose, by its IANA name. */
  cipher?: string;
  /** The server's certificates in DER, in the order sent. */
  chain?: readonly Uint8Array[];
  /** What the server asks of a client certificate; `null` if it asks for none in the handshake. */
  request?: CertificateRequest | null;
  /** False if a server with TLS 1.2 does not support secure renegotiation (RFC 5746). */
  secureRenegotiation?: boolean;
  /** The length of the prime of a Diffie-Hellman key exchange, in bits. */
  dhBits?: number;
  /** The alert with which the server ended the handshake, such as `internal_error`. */
  alert?: string;
  /** True if the answer is not TLS. */
  notTls?: true;
}

/** State of a probe. */
interface Probe {
  readonly facts: ServerFacts;
  readonly send: (message: Uint8Array<ArrayBuffer>) => void;
  readonly hello: Omit<ClientHello, "share">;
  agreement: Agreement;
  /** The messages since the client's hello. */
  transcript: Uint8Array<ArrayBuffer>;
  decrypt?: Decrypt;
  version: number;
  cipher: number;
  greeted: boolean;
}

/** Records read at most. A server sends some ten. */
const MAX_RECORDS = 2000;

/** P-256, which nearly every server supports. */
const FIRST_GROUP = 0x0017;

/** RFC 8446, section 4.1.3: the random of a ServerHello that asks for another hello. */
const RETRY_RANDOM = concat([
  new Uint8Array([0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11]),
  new Uint8Array([0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91]),
  new Uint8Array([0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e]),
  new Uint8Array([0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c]),
]);

/**
 * Reads the first half of a handshake. Never rejects: a server that ends it, or does not follow the
 * protocol, leaves members of `facts` absent.
 *
 * @param serverName The server's name; undefined for an IP address
 * @param facts Filled while the handshake goes on, so that a caller with a time limit has a part
 */
export async function probeServer(
  transport: Transport,
  serverName: string | undefined,
  facts: ServerFacts = {},
): Promise<ServerFacts> {
  try {
    await runProbe(transport, serverName, facts);
  } catch { // what is known by then is the result
  }
  return facts;
}

async function runProbe(
  transport: Transport,
  serverName: string | undefined,
  facts: ServerFacts,
): Promise<void> {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const sessionId = crypto.getRandomValues(new Uint8Array(32));
  const hello = { serverName, random, sessionId };
  const agreement = await makeAgreement(FIRST_GROUP);
  const first = writeClientHello({ ...hello, share: agreement.share });
  const send = (message: Uint8Array) =>
    transport.write(concat([new Uint8Array([22, 3, 1]), writeVector(2, message)]));
  const probe: Probe = {
    ...{ facts, send, hello, agreement, transcript: first },
    ...{ version: 0, cipher: 0, greeted: false },
  };
  send(first);
  const records = new RecordReader(transport);
  const messages = new MessageSplitter(); // the reader of records has a limit
  for (let count = 0; count < MAX_RECORDS; count++) {
    const record = await records.read();
    if (records.isForeign) facts.notTls = true;
    if (record === undefined) return;
    const { type, contents } = await open(probe, record);
    if (type === 21) {
      // A warning, such as unrecognized_name, does not end the handshake before TLS 1.3.
      if (contents[0] === 1 && probe.version !== TLS_1_3) continue;
      facts.alert = ALERTS.get(contents[1] ?? -1) ?? `alert ${contents[1]}`;
      return;
    }
    if (type !== 22) continue; // change_cipher_spec
    for (const message of messages.split(contents)) {
      if (await readMessage(probe, message)) return;
    }
  }
}

/** Decrypts a record, if it is encrypted (RFC 8446, section 5.2). */
async function open({ decrypt }: Probe, record: TlsRecord): Promise<Omit<TlsRecord, "header">> {
  if (decrypt === undefined || record.type !== 23) return record;
  const padded = await decrypt(record.header, record.contents);
  const end = padded.findLastIndex((byte) => byte !== 0);
  return { type: padded[end] ?? 0, contents: padded.slice(0, Math.max(end, 0)) };
}

/** Reads a message. Returns true if nothing more comes before the client's answer. */
async function readMessage(probe: Probe, message: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { facts, version } = probe;
  const [type] = message;
  const contents = contentsOf(message);
  const is13 = version === TLS_1_3;
  switch (type) {
    case MESSAGE.serverHello:
      await greet(probe, message);
      return false;
    case MESSAGE.certificate:
      facts.chain = readCertificateMessage(contents, is13);
      break;
    case MESSAGE.serverKeyExchange:
      if (facts.cipher?.startsWith("TLS_DHE_")) facts.dhBits = readDhBits(contents);
      break;
    case MESSAGE.certificateRequest:
      facts.request = readCertificateRequest(contents, version);
      break;
    case MESSAGE.serverHelloDone:
    case MESSAGE.finished:
      facts.request ??= null;
      return true;
  }
  return false;
}

/** Reads the server's hello, and derives the keys of TLS 1.3. */
async function greet(probe: Probe, message: Uint8Array<ArrayBuffer>): Promise<void> {
  if (probe.greeted) throw new TlsFormatError("a second ServerHello");
  const hello = readServerHello(contentsOf(message));
  const { facts, transcript } = probe;
  probe.version = hello.version;
  facts.version = nameOf(VERSIONS, hello.version);
  facts.cipher = nameOf(CIPHER_SUITES, hello.cipherSuite);
  if (hello.version !== TLS_1_3) {
    probe.greeted = true;
    facts.secureRenegotiation = hello.secureRenegotiation;
    return;
  }
  const isRetry = equalBytes(hello.random, RETRY_RANDOM);
  if (isRetry) {
    if (probe.cipher !== 0) throw new TlsFormatError("a second HelloRetryRequest");
    probe.cipher = hello.cipherSuite;
    const { share: { group } } = probe.agreement;
    if (hello.group !== undefined && hello.group !== group) {
      probe.agreement = await makeAgreement(hello.group);
    }
    const { share } = probe.agreement;
    const second = writeClientHello({ ...probe.hello, share, cookie: hello.cookie });
    // RFC 8446, section 4.4.1: a hash stands for the first hello.
    const digest = await crypto.subtle.digest(hashOf(hello.cipherSuite), transcript);
    const hash = writeMessage(MESSAGE.messageHash, new Uint8Array(digest));
    probe.transcript = concat([hash, message, second]);
    probe.send(second);
    return;
  }
  probe.greeted = true;
  if (hello.publicKey === undefined) throw new TlsFormatError("no key share");
  const secret = await probe.agreement.agree(hello.publicKey);
  const whole = concat([transcript, message]);
  probe.decrypt = await deriveServerKey(hello.cipherSuite, secret, whole);
}
