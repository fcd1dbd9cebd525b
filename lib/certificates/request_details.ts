/**
 * Reads the contents of a certificate request (PKCS#10, RFC 2986) with pkijs.
 *
 * @module
 */
import { CertificationRequest, Extensions } from "pkijs";
import type { AltName } from "pkijs";
import { Reader } from "../asn1/reader.ts";
import { SEQUENCE } from "../asn1/tags.ts";
import { malformed } from "../errors.ts";
import { describeKey } from "../keys/algorithms.ts";
import { formatName } from "../keys/names.ts";
import { describeName, describeSignature, publicKeyKind } from "./details.ts";

/** Contents of a certificate request. */
export interface RequestDetails {
  /** The subject, most specific part first. */
  readonly subject: string;
  /** The type of the key with its size or curve, such as `RSA 2048`. */
  readonly keyType: string;
  /** The signature's algorithm. */
  readonly signatureAlgorithm: string;
  /** True if the key of the request made its signature. */
  readonly isSigned: boolean;
  /** The alternative names that it asks for, such as `DNS:example.com`. */
  readonly names: readonly string[];
}

/** The request for extensions (RFC 2985, section 5.4.2), and the extension for names. */
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
const SUBJECT_ALT_NAME = "2.5.29.17";

/**
 * Reads the contents of a request.
 *
 * @param der The request
 * @throws {McFetchError} `malformed_credentials` if it does not follow RFC 2986
 */
export async function describeRequest(der: Uint8Array<ArrayBuffer>): Promise<RequestDetails> {
  const file = "the certificate request";
  const info = new Reader(der, file, "the request", "DER").enterSequence("CertificationRequest")
    .enterSequence("CertificationRequestInfo");
  info.readInteger("version");
  const subject = formatName(info.readElement(SEQUENCE, "subject").raw);
  const publicKeyInfo = info.enterSequence("subjectPKInfo");
  const identifier = publicKeyInfo.enterSequence("algorithm");
  const algorithm = identifier.readOid("algorithm");
  const parameters = identifier.tag === undefined ? undefined : identifier.readAny("parameters");
  const publicKey = publicKeyInfo.readBits("subjectPublicKey");
  const kind = publicKeyKind({ algorithm, publicKey, ...parameters && { parameters } });
  let request: CertificationRequest;
  let names: string[];
  try {
    request = CertificationRequest.fromBER(der.slice());
    names = readNames(request);
  } catch {
    throw malformed(file, "it does not follow RFC 2986");
  }
  return {
    subject,
    keyType: kind === undefined ? algorithm : describeKey(kind),
    signatureAlgorithm: describeSignature(request.signatureAlgorithm.algorithmId),
    isSigned: await request.verify().catch(() => false),
    names,
  };
}

function readNames({ attributes = [] }: CertificationRequest): string[] {
  const schema = attributes.find(({ type }) => type === EXTENSION_REQUEST)?.values[0];
  if (schema === undefined) return [];
  const found = new Extensions({ schema }).extensions
    .find(({ extnID }) => extnID === SUBJECT_ALT_NAME);
  return (found?.parsedValue as AltName | undefined)?.altNames.map(describeName) ?? [];
}
