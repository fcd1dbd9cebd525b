/**
 * Why a runtime does not trust a server's certificate, and what to do. The runtime's error names
 * the class of the failure, and the certificates that the server sent show the rest.
 *
 * @module
 */
import { type Described, describeReadable } from "../certificates/details.ts";
import { readVersion } from "../certificates/version.ts";
import { equalBytes } from "../crypto/bytes.ts";
import { readPem } from "../keys/pem.ts";
import { showText } from "../show.ts";

/** What is known about a server that is not trusted. */
interface Case {
  /** The codes and messages of the runtime's error. */
  readonly texts: string;
  /** The certificates that the server sent, leaf first. May be empty. */
  readonly chain: readonly Described[];
  readonly extraCa: readonly Described[];
  readonly runtime: string;
  /** The host of the URL. */
  readonly host: string;
  readonly now: Date;
}

/** A reason, and its words if it is this one. */
type Reason = (given: Case) => string | undefined;

const ASK = "ask the server's operator for";

/** The first reason that applies is the answer. */
const REASONS: readonly Reason[] = [
  explainName,
  explainNotYetValid,
  explainExpired,
  explainPurpose,
  explainVersion,
  explainCaAsServer,
  explainShortKey,
  explainSignature,
  explainMissingRoot,
  explainSelfSigned,
  explainUnknownIssuer,
];

/**
 * Says why a runtime does not trust a server's certificate, and what to do.
 *
 * @param texts The codes and messages of the runtime's error
 * @param chain The certificates in DER that the server sent; empty if they are not known
 * @param extraCa The CA certificates in PEM that the caller trusts
 * @returns The words; `undefined` if no reason is known
 */
export async function explainDistrust(
  texts: readonly string[],
  chain: readonly Uint8Array[],
  extraCa: readonly string[],
  { runtime, host }: Pick<Case, "runtime" | "host">,
): Promise<string | undefined> {
  const file = "the CA certificate";
  const trusted = extraCa.flatMap((pem) => readPem(pem, file).map(({ bytes }) => bytes));
  const given = {
    texts: texts.join("\n"),
    chain: await describeReadable(chain),
    extraCa: await describeReadable(trusted),
    runtime,
    host,
    now: new Date(),
  };
  for (const explain of REASONS) {
    const words = explain(given);
    if (words !== undefined) return words;
  }
  return undefined;
}

function explainName({ texts, chain: [leaf], host, runtime }: Case): string | undefined {
  if (!/ALTNAME_INVALID|HOSTNAME_MISMATCH|not valid for name/.test(texts)) return undefined;
  const names = leaf?.details.names ?? [];
  if (names.some((name) => isSameAddress(name, host))) { // Node 22.23
    return `the server's certificate is for this address, but this version of ${runtime} does not ` +
      "recognize IPv6 addresses in certificates; call the server by a name, or update the runtime";
  }
  const those = leaf === undefined
    ? ""
    : names.length === 0
    ? ": it names no host (subjectAltName)"
    : `: ${showText(names.join(", "))}`;
  return `the server's certificate is for another name${those}; ` +
    "call the server by the name that its certificate has, or ask its operator to add this one";
}

/** True if a certificate's name, such as `IP:0:0:0:0:0:0:0:1`, is the address of a URL. */
function isSameAddress(name: string, host: string): boolean {
  const url = `https://[${name.replace(/^IP:/, "")}]`;
  return host.startsWith("[") && URL.canParse(url) && new URL(url).hostname === host;
}

function explainNotYetValid({ texts, chain, now }: Case): string | undefined {
  if (!/NOT_YET_VALID|not valid yet|NotValidYet/i.test(texts)) return undefined;
  const early = chain.find(({ details }) => details.notBefore > now);
  const when = early === undefined ? "" : ` before ${showTime(early.details.notBefore)}`;
  return `the server's certificate is not valid${when || " yet"}, and this machine's clock says ` +
    `${showTime(now)}; set the clock if it is wrong, or ask the server's operator`;
}

function explainExpired({ texts, chain, now }: Case): string | undefined {
  if (!/CERT_HAS_EXPIRED|expired/i.test(texts)) return undefined;
  const late = chain.findIndex(({ details }) => details.notAfter < now);
  const found = chain[late];
  const [whose, when] = found === undefined
    ? ["the server's certificate", ""]
    : [nameOf(chain, late), ` on ${showTime(found.details.notAfter)}`];
  return `${whose} has expired${when}, and this machine's clock says ${showTime(now)}; ` +
    "ask the server's operator to renew it, or set the clock if it is wrong";
}

function explainPurpose({ texts, chain: [leaf] }: Case): string | undefined {
  if (!/INVALID_PURPOSE|extended key usage|KEY_USAGE_BIT_INCORRECT|InvalidPurpose/.test(texts)) {
    return undefined;
  }
  const { extendedKeyUsages = [], keyUsages = [] } = leaf?.details ?? {};
  const found = [
    ...extendedKeyUsages.length > 0 ? [`extended key usage: ${extendedKeyUsages.join(", ")}`] : [],
    ...keyUsages.length > 0 ? [`key usage: ${keyUsages.join(", ")}`] : [],
  ].join("; ");
  return `the server's certificate is not meant for a server${found && ` (${showText(found)})`};` +
    ` ${ASK} one with the extended key usage serverAuth and the key usage digitalSignature`;
}

function explainVersion({ texts, chain, runtime }: Case): string | undefined {
  if (!/UnsupportedCertVersion/.test(texts)) return undefined;
  const [leaf] = chain;
  const version = leaf === undefined
    ? "a version before 3"
    : `version ${readVersion(leaf.certificate)}`;
  return `the server's certificate has ${version}, and ${runtime} supports version 3 only; ` +
    `${ASK} a new one (X.509 version 3, with the host as subjectAltName)`;
}

function explainCaAsServer({ texts, chain: [leaf], runtime }: Case): string | undefined {
  if (!/CaUsedAsEndEntity/.test(texts)) return undefined;
  const isSelfSigned = leaf !== undefined && isSelfIssued(leaf);
  return `the server presents the certificate of a CA (basicConstraints CA:TRUE) as its own, which ` +
    `${runtime} does not accept, also not as \`extraCa\`; make one with CA:FALSE ` +
    (isSelfSigned
      ? "(openssl req -x509 -addext basicConstraints=critical,CA:FALSE), and pass that as `extraCa`"
      : "for the server");
}

function explainShortKey({ texts, chain, runtime }: Case): string | undefined {
  const isSaid = /key too (weak|small)|KEY_TOO_SMALL/i.test(texts);
  const at = chain.findIndex(({ details }) => isShort(details.keyType));
  if (!isSaid && !(at >= 0 && /BadSignature/.test(texts))) return undefined;
  const found = chain[at];
  const [whose, key] = found === undefined
    ? ["the server's certificate", "a key"]
    : [nameOf(chain, at), `a key (${found.details.keyType})`];
  return `${whose} has ${key} that is too short for ${runtime}; ` +
    `${ASK} one with RSA 2048 or EC P-256`;
}

function isShort(keyType: string): boolean {
  const [, bits] = /^RSA\D*(\d+)/.exec(keyType) ?? [];
  return bits !== undefined && Number(bits) < 2048;
}

function explainSignature({ texts, chain, runtime }: Case): string | undefined {
  if (/digest algorithm too weak|md too weak|UnsupportedSignatureAlgorithm/i.test(texts)) {
    const at = chain.findIndex((described) =>
      /SHA-1|MD/.test(described.details.signatureAlgorithm) && !isSelfIssued(described)
    );
    const found = chain[at < 0 ? 0 : at];
    const how = found === undefined ? "" : ` (${showText(found.details.signatureAlgorithm)})`;
    return `${nameOf(chain, Math.max(at, 0))} is signed with an algorithm${how} that ${runtime} ` +
      `does not accept; ${ASK} one that is signed with SHA-256`;
  }
  if (!/BadSignature|SIGNATURE_FAILURE/.test(texts)) return undefined;
  return "the server's certificate is not signed by the trusted CA of that name; " +
    "perhaps the CA has a new key: pass its current certificate as `extraCa`";
}

/** Node and Bun trust a chain only if it ends in a self-signed root. Deno trusts any CA. */
function explainMissingRoot({ texts, chain, extraCa, runtime }: Case): string | undefined {
  if (!/UNABLE_TO_GET_ISSUER_CERT\b/.test(texts)) return undefined;
  const known = [...chain, ...extraCa];
  const top = extraCa.find((ca) =>
    !isSelfIssued(ca) && !extraCa.some((other) => isIssuedBy(ca, other)) &&
    known.some((below) => isIssuedBy(below, ca))
  );
  if (top === undefined) return undefined;
  const { subject, issuer } = top.details;
  return `\`extraCa\` has the intermediate CA ${showText(subject)}, but not the root that issued ` +
    `it, ${showText(issuer)}; ${runtime} needs the root: pass it as \`extraCa\` too`;
}

function explainSelfSigned({ texts, chain, extraCa }: Case): string | undefined {
  const [leaf] = chain;
  if (leaf === undefined && /DEPTH_ZERO_SELF_SIGNED/.test(texts)) return explainSelf("");
  if (leaf === undefined || !isSelfIssued(leaf)) return undefined;
  const isPassed = extraCa.some(({ certificate }) =>
    equalBytes(certificate.der, leaf.certificate.der)
  );
  if (isPassed) return undefined;
  return explainSelf(` (${showText(leaf.details.subject)})`);
}

function explainSelf(name: string): string {
  return `the server's certificate is self-signed${name}; ` +
    "if you know that it is the server's, pass it as `extraCa`";
}

function explainUnknownIssuer({ texts, chain, extraCa }: Case): string | undefined {
  if (!/UNABLE_TO_|SELF_SIGNED_CERT_IN_CHAIN|UnknownIssuer|CERT_UNTRUSTED/.test(texts)) {
    return undefined;
  }
  const top = chain.at(-1);
  if (top === undefined) {
    return "the server's certificate is not trusted; if a private CA issued it, " +
      "pass that CA's certificate as `extraCa`";
  }
  const issuer = showText(top.details.issuer);
  const passed = extraCa.length === 0
    ? ""
    : `, and \`extraCa\` has another one (${
      showText(extraCa.map(({ details }) => details.subject).join("; "))
    })`;
  const gap = chain.length === 1
    ? ". If that is an intermediate CA, the server should send its certificate: ask its operator"
    : "";
  return `no trusted CA issued the server's certificate: its issuer ${issuer} is not known here` +
    `${passed}; if ${issuer} is a private CA, pass its certificate as \`extraCa\`${gap}`;
}

function nameOf(chain: readonly Described[], index: number): string {
  if (index === 0) return "the server's certificate";
  return `the CA certificate ${showText(chain[index]?.details.subject ?? "")} of its chain`;
}

function isSelfIssued({ certificate: { subject, issuer } }: Described): boolean {
  return equalBytes(subject, issuer);
}

function isIssuedBy(below: Described, above: Described): boolean {
  return equalBytes(below.certificate.issuer, above.certificate.subject);
}

function showTime(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
