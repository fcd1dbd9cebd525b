/** Tests each problem of a certificate, with the exact words of its message. */
import test from "node:test";
import { assertEquals } from "@std/assert";
import type { CertificateDetails } from "../../lib/certificates/details.ts";
import {
  type CredentialProblem,
  describeProblem,
  findExpiry,
  findProblems,
  findUseProblems,
} from "../../lib/certificates/problems.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = new Date("2026-06-15T12:00:00Z");

/** A certificate without problems. */
const LEAF: CertificateDetails = {
  subject: "CN=client",
  issuer: "CN=Example CA",
  serialNumber: "01",
  selfSigned: false,
  notBefore: new Date("2026-01-01T00:00:00Z"),
  notAfter: new Date("2028-01-01T00:00:00Z"),
  fingerprint: "",
  keyType: "RSA 2048",
  signatureAlgorithm: "SHA-256 with RSA",
  keyUsages: [],
  extendedKeyUsages: [],
  names: [],
};
const ISSUER = { ...LEAF, subject: "CN=Example CA", issuer: "CN=Example root" };
const RSA_2048 = {
  family: "RSA",
  scheme: "RSA",
  bits: 2048,
  primes: 2,
  publicExponent: 65537n,
} as const;

/** Finds the problems of a certificate with some other members. */
function find(
  members: Partial<CertificateDetails>,
  { issuer = ISSUER, bits = 2048 }: { issuer?: CertificateDetails; bits?: number } = {},
): CredentialProblem[] {
  return findProblems({ ...LEAF, ...members }, { ...RSA_2048, bits }, [issuer], NOW);
}

function error(code: CredentialProblem["code"], message: string): CredentialProblem[] {
  return [{ code, severity: "error", message }];
}

function warning(code: CredentialProblem["code"], message: string): CredentialProblem[] {
  return [{ code, severity: "warning", message }];
}

test("a certificate without problems has none", () => {
  assertEquals(find({}), []);
  assertEquals(find({ extendedKeyUsages: ["clientAuth"], keyUsages: ["digitalSignature"] }), []);
  assertEquals(find({ extendedKeyUsages: ["serverAuth", "any"] }), []);
  assertEquals(findProblems(LEAF, undefined, [ISSUER], NOW), []);
});

test("the validity ends and starts at the exact time", () => {
  assertEquals(find({ notAfter: NOW, notBefore: NOW }), []);
  assertEquals(
    find({ notAfter: new Date(NOW.getTime() - 1) }),
    error("expired", "it expired on 2026-06-15 (1 day ago)"),
  );
  assertEquals(
    find({ notBefore: new Date(NOW.getTime() + 2 * DAY) }),
    error("not_yet_valid", "it is not valid before 2026-06-17 (in 2 days)"),
  );
  assertEquals(
    find({}, { issuer: { ...ISSUER, notAfter: new Date("2026-06-01T00:00:00Z") } }),
    error("expired", "its issuer CN=Example CA expired on 2026-06-01 (15 days ago)"),
  );
});

test("a certificate expires soon in its last 30 days", () => {
  const at = (days: number) =>
    findExpiry({ ...LEAF, notAfter: new Date(NOW.getTime() + days * DAY) }, NOW);
  const message = (words: string) =>
    `it expires on ${words}; add the new certificate first, then revoke this one`;
  assertEquals(at(30), []);
  assertEquals(at(29.9), warning("expires_soon", message("2026-07-15 (in 29 days)")));
  assertEquals(at(1), warning("expires_soon", message("2026-06-16 (in 1 day)")));
  assertEquals(at(0), warning("expires_soon", message("2026-06-15 (in 0 days)")));
  assertEquals(at(-1), []); // `expired` is reported
});

test("usages that do not allow a client's signature are problems", () => {
  assertEquals(
    find({ extendedKeyUsages: ["serverAuth", "1.2.3.4"] }),
    error(
      "no_client_auth",
      "it is not valid for client authentication (extended key usage: serverAuth, 1.2.3.4)",
    ),
  );
  assertEquals(
    find({ keyUsages: ["keyEncipherment", "keyAgreement"] }),
    error(
      "no_digital_signature",
      "it is not valid for signatures, which TLS requires " +
        "(key usage: keyEncipherment, keyAgreement)",
    ),
  );
});

test("only RSA with less than 2048 bits is a weak key", () => {
  assertEquals(
    find({ keyType: "RSA 2047" }, { bits: 2047 }),
    error("weak_key", "its key is RSA 2047, less than 2048 bits"),
  );
  assertEquals(findProblems(LEAF, { family: "DSA", bits: 1024 }, [ISSUER], NOW), []);
});

test("MD5 and SHA-1 are weak, except where a root signs itself", () => {
  assertEquals(
    find({ signatureAlgorithm: "SHA-1 with ECDSA" }),
    warning("weak_signature", "it is signed with SHA-1 with ECDSA"),
  );
  assertEquals(
    find({}, { issuer: { ...ISSUER, signatureAlgorithm: "MD5 with RSA" } }),
    warning("weak_signature", "its issuer CN=Example CA is signed with MD5 with RSA"),
  );
  const root = { ...ISSUER, signatureAlgorithm: "SHA-1 with RSA", selfSigned: true };
  assertEquals(find({}, { issuer: root }), []);
  assertEquals(find({ signatureAlgorithm: "RSA-PSS with SHA-1 " }), []);
});

test("a certificate without its issuer, or of its own, is a problem", () => {
  assertEquals(
    findProblems(LEAF, RSA_2048, [], NOW),
    warning("incomplete_chain", "its issuer CN=Example CA is not in the chain sent"),
  );
  assertEquals(
    findProblems({ ...LEAF, selfSigned: true }, RSA_2048, [], NOW),
    warning("self_signed", "it is self-signed"),
  );
});

test("a certificate of the other environment, or of an unknown issuer, is a problem", () => {
  const mastercard = { ...LEAF, issuer: "CN=Mastercard CA" };
  const sandbox = { ...mastercard, subject: "CN=1-Client-MTF-000000" };
  const production = new URL("https://services.mastercard.com/a");
  const mtf = new URL("https://mtf.services.mastercard.com/a");
  assertEquals(findUseProblems(mastercard, production, undefined), []);
  assertEquals(findUseProblems(sandbox, mtf, "sandbox"), []);
  assertEquals(
    findUseProblems(sandbox, production, undefined),
    error(
      "wrong_environment",
      "it is for Mastercard's sandbox, and services.mastercard.com is Mastercard's production",
    ),
  );
  assertEquals(
    findUseProblems(mastercard, undefined, "sandbox"),
    error(
      "wrong_environment",
      "it is for Mastercard's production, " +
        "and the environment to check for is Mastercard's sandbox",
    ),
  );
  assertEquals(
    findUseProblems(LEAF, production, undefined),
    warning(
      "unaccepted_issuer",
      "its issuer CN=Example CA is neither Mastercard nor a CA that Mastercard accepts",
    ),
  );
  assertEquals(findUseProblems({ ...LEAF, selfSigned: true }, production, undefined), []);
  assertEquals(findUseProblems(LEAF, new URL("https://api.example/"), undefined), []);
});

test("each other problem has its severity", () => {
  const errors = ["no_private_key", "key_mismatch", "unusable_key"] as const;
  const warnings = ["unread_part", "misordered_chain"] as const;
  for (const code of errors) assertEquals([describeProblem(code, "a")], error(code, "a"));
  for (const code of warnings) assertEquals([describeProblem(code, "a")], warning(code, "a"));
});
