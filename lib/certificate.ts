/**
 * X.509 (RFC 5280): what is wrong with a client certificate. It is loaded where something failed
 * or somebody asks, and not on the way of a request.
 *
 * @module
 */
import * as pkijs from "pkijs";
import { readPem } from "./pem.ts";
import { nameText, readCertificate } from "./x509.ts";

const DAY = 24 * 60 * 60 * 1000;

const EXTENDED_KEY_USAGE = "2.5.29.37";

/** RFC 5280, section 4.2.1.12. */
const KEY_PURPOSES: Readonly<Record<string, string>> = {
  "2.5.29.37.0": "any",
  "1.3.6.1.5.5.7.3.1": "serverAuth",
  "1.3.6.1.5.5.7.3.2": "clientAuth",
  "1.3.6.1.5.5.7.3.3": "codeSigning",
  "1.3.6.1.5.5.7.3.4": "emailProtection",
  "1.3.6.1.5.5.7.3.8": "timeStamping",
  "1.3.6.1.5.5.7.3.9": "OCSPSigning",
};

/**
 * What a server may have against a client certificate, each in words for a person.
 *
 * @param pem The leaf, then the issuers that are sent with it
 * @param now When
 */
export function findProblems(pem: string, now: Date): string[] {
  const file = "the client certificate";
  const chain = readPem(pem, file).map(({ bytes }) => readCertificate(bytes, file));
  const leaf = chain[0];
  if (leaf === undefined) return [];
  const { notBefore, notAfter, extensions = [] } = pkijs.Certificate.fromBER(leaf.der.slice());

  const problems: string[] = [];
  if (notAfter.value < now) {
    problems.push(`it expired on ${date(notAfter.value)} (${days(notAfter.value, now)} ago)`);
  }
  if (notBefore.value > now) {
    const wait = days(now, notBefore.value);
    problems.push(`it is not valid before ${date(notBefore.value)} (in ${wait})`);
  }
  const usage = extensions.find(({ extnID }) => extnID === EXTENDED_KEY_USAGE)?.parsedValue;
  if (usage instanceof pkijs.ExtKeyUsage) {
    const purposes = usage.keyPurposes.map((purpose) => KEY_PURPOSES[purpose] ?? purpose);
    if (!purposes.includes("clientAuth") && !purposes.includes("any")) {
      const list = purposes.join(", ");
      problems.push(`it is not valid for client authentication (extended key usage: ${list})`);
    }
  }
  if (equal(leaf.issuer, leaf.subject)) {
    problems.push("it is self-signed");
  } else if (!chain.some(({ subject }) => equal(subject, leaf.issuer))) {
    problems.push(`its issuer ${nameText(leaf.issuer)} is not in the chain sent`);
  }
  return problems;
}

function date(value: Date): string {
  return value.toISOString().slice(0, 10);
}

function days(from: Date, to: Date): string {
  const count = Math.floor((to.getTime() - from.getTime()) / DAY);
  return count === 1 ? "1 day" : `${count} days`;
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
