/**
 * `mc-mtls inspect` of files that hold no identity: a certificate request, or CA certificates.
 *
 * @module
 */
import { type CertificateDetails, describeCertificate } from "../certificates/details.ts";
import { describeRequest, type RequestDetails } from "../certificates/request_details.ts";
import { Opening } from "../encryption/opening.ts";
import { readKeyFile } from "../identity/key_file.ts";
import { detectDerKind } from "../identity/kinds.ts";
import { readShape } from "../identity/shape.ts";
import { isJavaKeystore } from "../keys/contents.ts";
import { daysBetween } from "../keys/validity.ts";
import { equalBytes } from "../crypto/bytes.ts";
import type { Certificate } from "../keys/x509.ts";
import { formatEnd } from "./inspect_report.ts";
import { formatTable, paint } from "./layout.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The labels of RFC 7468, section 7, and of Microsoft's tools. */
const REQUEST_LABEL = /^(NEW )?CERTIFICATE REQUEST$/;

/** Content of a file: a certificate request, a store with a passphrase, or something else. */
type Content = { readonly request: Bytes } | { readonly isStore: boolean };

/** Detects what a file holds. */
export async function detectContent(contents: Bytes): Promise<Content> {
  const shape = await readShape(contents, new Opening("the file"), "certificate or private key");
  if ("bytes" in shape) {
    const { bytes } = shape;
    const kind = detectDerKind(bytes);
    if (kind === "certificate request") return { request: bytes };
    return { isStore: kind === "PKCS#12" || isJavaKeystore(bytes) };
  }
  // A file with a certificate is about the certificate.
  const find = (pattern: RegExp) => shape.blocks.find(({ label }) => pattern.test(label));
  const request = find(/CERTIFICATE$/) === undefined ? find(REQUEST_LABEL) : undefined;
  return request === undefined ? { isStore: false } : { request: request.bytes };
}

/** Reads the certificates of a file. */
export async function readCertificates(
  contents: Bytes,
  name: string,
): Promise<{ readonly certificates: Certificate[]; readonly hasKey: boolean }> {
  const { certificates, keys } = await readKeyFile(contents, new Opening(name));
  return {
    certificates: certificates.map(({ certificate }) => certificate),
    hasKey: keys.length > 0,
  };
}

/** Returns true if all certificates are of CAs. */
export async function areCas(certificates: readonly Certificate[]): Promise<boolean> {
  const all = await Promise.all(certificates.map(describeCertificate));
  return all.length > 0 &&
    all.every(({ keyUsages, subject, issuer }, i) =>
      keyUsages.includes("keyCertSign") || issues(certificates, i) ||
      (keyUsages.length === 0 && subject === issuer)
    );
}

/** True if the certificate is the issuer of another one in the list. */
function issues(certificates: readonly Certificate[], index: number): boolean {
  const name = certificates[index]?.subject;
  return certificates.some(({ issuer }, i) =>
    i !== index && name !== undefined && equalBytes(issuer, name)
  );
}

/** Result of an inspection: what to print, as text and as JSON, and if there is a problem. */
export interface Inspection {
  readonly text: string;
  readonly json: unknown;
  readonly hasProblem: boolean;
}

/** Inspects a certificate request. */
export async function inspectRequest(request: Bytes): Promise<Inspection> {
  const details: RequestDetails = await describeRequest(request);
  const rows: [string, string][] = [
    ["Request for", details.subject],
    ["Names", details.names.join(", ") || "(none)"],
    ["Key", details.keyType],
    ["Signature", details.signatureAlgorithm],
  ];
  const verdict = details.isSigned
    ? paint("No problems.", "green")
    : paint("Problem: the key of the request did not make its signature.", "red");
  return {
    text: `${formatTable(rows)}\n\n${verdict}`,
    json: { request: details },
    hasProblem: !details.isSigned,
  };
}

/** Inspects CA certificates. */
export async function inspectCas(
  certificates: readonly Certificate[],
  now: Date,
): Promise<Inspection> {
  const all = await Promise.all(certificates.map(describeCertificate));
  const outdated = all.filter(({ notBefore, notAfter }) => now < notBefore || now > notAfter);
  const count = all.length === 1 ? "1 CA certificate" : `${all.length} CA certificates`;
  const verdict = outdated.length === 0
    ? paint("No problems.", "green")
    : paint(`Problem: ${outdated.length} of them not valid now.`, "red");
  return {
    text: [count, ...all.map((details) => describeCa(details, now)), verdict].join("\n\n"),
    json: { certificates: all },
    hasProblem: outdated.length > 0,
  };
}

function describeCa(details: CertificateDetails, now: Date): string {
  const { subject, issuer, notAfter, keyType, signatureAlgorithm, fingerprint } = details;
  const rows: [string, string][] = [
    ["Subject", subject],
    ["Issuer", issuer === subject ? "itself (a root)" : issuer],
    ["Valid until", formatEnd(notAfter, daysBetween(now, notAfter))],
    ["Key", `${keyType}, signed with ${signatureAlgorithm}`],
    ["SHA-256", fingerprint],
  ];
  return formatTable(rows);
}
