/**
 * A certificate authority for the sandbox and the tests, on pkijs and WebCrypto: it issues server
 * and client certificates, and puts a client certificate and its key into a `.p12`.
 */
import * as asn1js from "asn1js";
import * as pkijs from "pkijs";
import { writePem } from "../keys/pem.ts";
import { writePkcs12 } from "../identity/write_pkcs12.ts";

/** A certificate and its private key. */
export interface Issued {
  readonly certificate: pkijs.Certificate;
  readonly keys: CryptoKeyPair;
}

/** What a certificate is to say. */
export interface Request {
  readonly commonName: string;
  /** What it may be used for. */
  readonly use: "authority" | "server" | "client";
  /** The host that a `server` certificate is for. Default is localhost, with its address. */
  readonly host?: string;
  /** Default is a day ago. */
  readonly notBefore?: Date;
  /** Default is a year from now. */
  readonly notAfter?: Date;
}

const DAY = 24 * 60 * 60 * 1000;
const { subtle } = globalThis.crypto;

/** RSA with 2048 bits is what Mastercard asks of a client certificate. */
const KEY_ALGORITHM = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

/** RFC 5280, 4.2.1: the extensions that say what a certificate may be used for. */
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/** Issues a certificate, signed by the authority, or by itself where none is given. */
export async function issue(request: Request, authority?: Issued): Promise<Issued> {
  const keys = await subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const certificate = new pkijs.Certificate();
  certificate.version = 2; // v3
  certificate.serialNumber = new asn1js.Integer({ valueHex: serialNumber() });
  certificate.subject.typesAndValues.push(commonName(request.commonName));
  certificate.issuer = authority?.certificate.subject ?? certificate.subject;
  certificate.notBefore.value = request.notBefore ?? new Date(Date.now() - DAY);
  certificate.notAfter.value = request.notAfter ??
    new Date(Date.now() + 365 * DAY);
  certificate.extensions = extensions(request);
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey);
  await certificate.sign((authority?.keys ?? keys).privateKey, "SHA-256");
  return { certificate, keys };
}

/** A list of certificates that the authority has revoked, as PEM, valid for a year. */
export async function revocationList(
  authority: Issued,
  revoked: readonly Issued[],
): Promise<string> {
  const now = new Date();
  const list = new pkijs.CertificateRevocationList();
  list.version = 1; // v2
  list.issuer = authority.certificate.subject;
  list.thisUpdate = new pkijs.Time({ value: now });
  list.nextUpdate = new pkijs.Time({ value: new Date(now.getTime() + 365 * DAY) });
  list.revokedCertificates = revoked.map(({ certificate }) =>
    new pkijs.RevokedCertificate({
      userCertificate: certificate.serialNumber,
      revocationDate: new pkijs.Time({ value: now }),
    })
  );
  await list.sign(authority.keys.privateKey, "SHA-256");
  return writePem("X509 CRL", new Uint8Array(list.toSchema().toBER()));
}

/** The certificate as PEM. */
export function certificatePem({ certificate }: Issued): string {
  return writePem("CERTIFICATE", new Uint8Array(certificate.toSchema().toBER()));
}

/** The private key as PEM, PKCS#8. */
export async function keyPem({ keys }: Issued): Promise<string> {
  return writePem("PRIVATE KEY", new Uint8Array(await subtle.exportKey("pkcs8", keys.privateKey)));
}

/** A `.p12` with the certificate, its authority's and the key. */
export async function pkcs12(
  issued: Issued,
  authority: Issued,
  passphrase: string,
): Promise<Uint8Array> {
  return await writePkcs12({
    key: await keyPem(issued),
    cert: certificatePem(issued),
    chain: certificatePem(authority),
    passphrase,
    friendlyName: "mc-mtls sandbox",
    iterations: 2048, // those of OpenSSL 3; a start of the sandbox writes three files
  });
}

/** 16 random octets, positive, as RFC 5280, 4.1.2.2 asks. */
function serialNumber(): ArrayBuffer {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[0] = (octets[0]! & 0x7f) | 0x40;
  return octets.buffer;
}

function commonName(value: string): pkijs.AttributeTypeAndValue {
  return new pkijs.AttributeTypeAndValue({
    type: "2.5.4.3",
    value: new asn1js.Utf8String({ value }),
  });
}

function extensions({ use, host }: Request): pkijs.Extension[] {
  const isAuthority = use === "authority";
  const all = [
    extension(BASIC_CONSTRAINTS, new pkijs.BasicConstraints({ cA: isAuthority }), true),
    // Bits count from 0x80, digitalSignature; 0x06 is keyCertSign and cRLSign.
    extension(KEY_USAGE, bits(isAuthority ? 0x06 : 0x80), true),
  ];
  if (isAuthority) return all;
  const keyPurposes = [use === "server" ? SERVER_AUTH : CLIENT_AUTH];
  all.push(extension(EXTENDED_KEY_USAGE, new pkijs.ExtKeyUsage({ keyPurposes })));
  if (use === "server") {
    const names = [new pkijs.GeneralName({ type: 2, value: host ?? "localhost" })];
    if (host === undefined) {
      const value = new asn1js.OctetString({ valueHex: new Uint8Array([127, 0, 0, 1]).buffer });
      names.push(new pkijs.GeneralName({ type: 7, value }));
    }
    all.push(extension(SUBJECT_ALT_NAME, new pkijs.GeneralNames({ names })));
  }
  return all;
}

function extension(
  extnID: string,
  value: { toSchema(): asn1js.BaseBlock } | asn1js.BaseBlock,
  critical = false,
): pkijs.Extension {
  const block = "toSchema" in value ? value.toSchema() : value;
  return new pkijs.Extension({ extnID, critical, extnValue: block.toBER() });
}

function bits(octet: number): asn1js.BitString {
  const unusedBits = 31 - Math.clz32(octet & -octet); // DER leaves trailing zero bits out
  return new asn1js.BitString({
    valueHex: new Uint8Array([octet]).buffer,
    unusedBits,
  });
}
