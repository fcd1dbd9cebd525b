/**
 * The error for a failed request.
 *
 * @module
 */
import { McFetchError, type McFetchErrorCode } from "../errors.ts";
import { readPem } from "../keys/pem.ts";
import { readCertificate } from "../keys/x509.ts";
import type { Finding } from "./closer_look.ts";
import { type Failure, findFailure } from "./failure_table.ts";
import { showText } from "../show.ts";
import { listTexts } from "./runtime/causes.ts";
import type { ClientSettings } from "./runtime/client.ts";
import { describeProxyAddress, findProxy, type ProxyChoice } from "./runtime/proxy_choice.ts";
import { deniedError } from "./runtime/permission.ts";
import { describeProxyProblem, isConnectFailure, isProxyFailure } from "./runtime/proxy_failure.ts";

/**
 * Returns the error for a failed request. Never rejects: a closer look that fails itself changes
 * nothing.
 *
 * @param cause The runtime's own error. Its message stays there, since it may hold the whole URL
 * @param url The URL of the request
 * @param settings The settings of the client, if there was one
 */
export async function toMcFetchError(
  cause: unknown,
  url: URL,
  settings: ClientSettings | undefined,
): Promise<McFetchError> {
  if (cause instanceof McFetchError) return cause;
  const failure = findFailure(cause);
  const proxy = settings && attempt(() => findProxy(url, settings.proxy));
  if (failure?.code === "permission_denied") {
    return deniedError(cause, (proxy && describeProxyAddress(proxy.url)) || url.host);
  }
  if (isProxyFailure(cause) || (proxy !== undefined && isConnectFailure(cause))) {
    return proxyFailed(cause, url, proxy);
  }
  const found = failure?.look && settings !== undefined
    ? await lookCloser(failure, cause, url, settings)
    : failure;
  const { code, says, certificate } = found ?? unknown(cause);
  const notes = certificate && settings !== undefined ? await diagnose(settings.cert) : "";
  return new McFetchError(code, `${begin(code, url)}: ${says}${notes}`, { cause });
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Retry helpers know a network error by this text; see {@linkcode McFetchError}. */
function begin(code: McFetchErrorCode, { origin }: URL): string {
  if (code === "invalid_response") return `Cannot use the response of ${origin}`;
  return `error sending request for url (${origin})`;
}

/** The row of an error that is in no row. A code is shown, since it holds no secret. */
function unknown(cause: unknown): Finding {
  const [code] = listTexts(cause).map((text) => /^[A-Z][A-Za-z0-9_]+(?= )/.exec(text)?.[0])
    .filter((code) => code !== undefined);
  const name = code === undefined ? "" : ` (${showText(code)})`;
  return {
    code: "connection_failed",
    says: `the runtime's own error${name}, in \`cause\`, says why`,
  };
}

async function lookCloser(
  failure: Failure,
  cause: unknown,
  url: URL,
  settings: ClientSettings,
): Promise<Finding> {
  try {
    const closer = await import("./closer_look.ts");
    return await closer.lookCloser(failure, cause, url, settings);
  } catch {
    return failure;
  }
}

function proxyFailed(cause: unknown, url: URL, proxy: ProxyChoice | undefined): McFetchError {
  const address = proxy && describeProxyAddress(proxy.url);
  const which = [
    "the proxy",
    ...address ? [showText(address)] : [],
    ...proxy ? [`(from ${proxy.source})`] : [],
  ].join(" ");
  const says = `${which} ${describeProxyProblem(cause)}`;
  return new McFetchError("proxy_failed", `${begin("proxy_failed", url)}: ${says}`, { cause });
}

/** Lists the problems of the certificate. pkijs is loaded only for this. */
async function diagnose(cert: string): Promise<string> {
  try {
    const { describeCertificate, publicKeyKind } = await import("../certificates/details.ts");
    const { findProblems } = await import("../certificates/problems.ts");
    const file = "the client certificate";
    const all = readPem(cert, file).map(({ bytes }) => readCertificate(bytes, file));
    const [leaf, ...chain] = await Promise.all(all.map(describeCertificate));
    if (leaf === undefined || all[0] === undefined) return "";
    const kind = publicKeyKind(all[0]);
    const problems = findProblems(leaf, kind, chain, new Date());
    const texts = problems.map(({ message }) => message);
    return texts.length === 0 ? "" : `. About the client certificate: ${texts.join("; ")}`;
  } catch {
    return ""; // pkijs reads fewer certificates than TLS does; the failure itself counts
  }
}
