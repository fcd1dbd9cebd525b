/**
 * A CA for the sandbox and the tests, with pkijs and WebCrypto. It issues CA, server and client
 * certificates, and writes a client certificate and its key as `.p12`.
 *
 * @module
 */
import * as asn1js from "asn1js";
import * as pkijs from "pkijs";
import { writePkcs12 } from "../identity/write_pkcs12.ts";
import { writePem } from "../keys/pem.ts";
import { DAY } from "../keys/validity.ts";

/** Certificate and its private key. */
export interface Issued {
  readonly certificate: pkijs.Certificate;
  readonly keys: CryptoKeyPair;
}

/** Contents of a certificate to issue. */
export interface CertificateRequest {
  readonly commonName: string;
  /** The use that the certificate allows. */
  readonly use: "ca" | "server" | "client";
  /** The host that a `server` certificate is for. Default is localhost, with its IP address. */
  readonly host?: string;
  /** Default is a day ago. */
  readonly notBefore?: Date;
  /** Default is a year from now. */
  readonly notAfter?: Date;
}

const { subtle } = globalThis.crypto;

/** The algorithm of every key. Mastercard requires RSA with 2048 bits for a client certificate. */
const KEY_ALGORITHM = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

/** Identifiers of extensions (RFC 5280, section 4.2.1). */
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const EXTENDED_KEY_USAGE = "2.5.29.37";

/** Identifiers of purposes (RFC 5280, section 4.2.1.12). */
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/** Bits of the key usage, digitalSignature first (RFC 5280, section 4.2.1.3). */
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN_AND_CRL_SIGN = 0x06;

/** Tags of general names (RFC 5280, section 4.2.1.6). */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/**
 * Issues a certificate. Without an issuer, the certificate is self-signed.
 *
 * @param renewed The keys of another certificate, to use them again. Default is new keys
 */
export async function issue(
  request: CertificateRequest,
  issuer?: Issued,
  renewed?: CryptoKeyPair,
): Promise<Issued> {
  const keys = renewed ?? await subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const certificate = new pkijs.Certificate();
  certificate.version = 2; // v3
  certificate.serialNumber = new asn1js.Integer({ valueHex: makeSerialNumber() });
  certificate.subject.typesAndValues.push(writeCommonName(request.commonName));
  certificate.issuer = issuer?.certificate.subject ?? certificate.subject;
  certificate.notBefore.value = request.notBefore ?? new Date(Date.now() - DAY);
  certificate.notAfter.value = request.notAfter ?? new Date(Date.now() + 365 * DAY);
  certificate.extensions = writeExtensions(request);
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey);
  await certificate.sign((issuer?.keys ?? keys).privateKey, "SHA-256");
  return { certificate, keys };
}

/** Returns the certificate as PEM. */
export function certificatePem({ certificate }: Issued): string {
  return writePem("CERTIFICATE", new Uint8Array(certificate.toSchema().toBER()));
}

/** Returns the private key as PKCS#8 PEM. */
export async function keyPem({ keys }: Issued): Promise<string> {
  return writePem("PRIVATE KEY", new Uint8Array(await subtle.exportKey("pkcs8", keys.privateKey)));
}

/** Writes a `.p12` with the certificate, its issuer and its key. */
export async function writeP12(
  issued: Issued,
  issuer: Issued,
  passphrase: string,
): Promise<Uint8Array> {
  return await writePkcs12({
    key: await keyPem(issued),
    cert: certificatePem(issued),
    chain: certificatePem(issuer),
    passphrase,
    friendlyName: "mc-mtls sandbox",
    iterations: 2048, // the count of OpenSSL 3; each start of the sandbox writes three files
  });
}

/** Returns 16 random bytes that encode a positive number (RFC 5280, section 4.1.2.2). */
function makeSerialNumber(): ArrayBuffer {
  const bytes = new DataView(crypto.getRandomValues(new Uint8Array(16)).buffer);
  bytes.setUint8(0, (bytes.getUint8(0) & 0x7f) | 0x40);
  return bytes.buffer;
}

function writeCommonName(value: string): pkijs.AttributeTypeAndValue {
  return new pkijs.AttributeTypeAndValue({
    type: "2.5.4.3",
    value: new asn1js.Utf8String({ value }),
  });
}

function writeExtensions({ use, host }: CertificateRequest): pkijs.Extension[] {
  const isCa = use === "ca";
  const usage = isCa ? KEY_CERT_SIGN_AND_CRL_SIGN : DIGITAL_SIGNATURE;
  const extensions = [
    writeExtension(BASIC_CONSTRAINTS, new pkijs.BasicConstraints({ cA: isCa }), true),
    writeExtension(KEY_USAGE, writeBits(usage), true),
  ];
  if (isCa) return extensions;
  const keyPurposes = [use === "server" ? SERVER_AUTH : CLIENT_AUTH];
  extensions.push(writeExtension(EXTENDED_KEY_USAGE, new pkijs.ExtKeyUsage({ keyPurposes })));
  if (use === "server") {
    const names = [new pkijs.GeneralName({ type: DNS_NAME, value: host ?? "localhost" })];
    if (host === undefined) {
      const value = new asn1js.OctetString({ valueHex: new Uint8Array([127, 0, 0, 1]).buffer });
      names.push(new pkijs.GeneralName({ type: IP_ADDRESS, value }));
    }
    extensions.push(writeExtension(SUBJECT_ALT_NAME, new pkijs.GeneralNames({ names })));
  }
  return extensions;
}

function writeExtension(
  extnID: string,
  value: { toSchema(): asn1js.BaseBlock } | asn1js.BaseBlock,
  critical = false,
): pkijs.Extension {
  const block = "toSchema" in value ? value.toSchema() : value;
  return new pkijs.Extension({ extnID, critical, extnValue: block.toBER() });
}

function writeBits(byte: number): asn1js.BitString {
  const unusedBits = 31 - Math.clz32(byte & -byte); // DER omits trailing zero bits
  return new asn1js.BitString({ valueHex: new Uint8Array([byte]).buffer, unusedBits });
}
