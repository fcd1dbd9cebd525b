/**
 * Advice about Mastercard's errors. `errors.ts` names the sources of the error codes. The advice
 * follows Mastercard's guide for agents, "When authentication fails", in
 * skills/mastercard-best-practices/SKILL.md of
 * https://github.com/Mastercard/developers-agent-toolkit
 *
 * @module
 */

/** One piece of advice, and the errors that it applies to. A missing field matches every error. */
interface Advice {
  readonly code?: string;
  readonly status?: number;
  /** The reporter of the error: the gateway, or the API behind it. */
  readonly reporter?: "gateway" | "api";
  readonly advice: string;
}

/** The advice, most specific first. The first match applies. */
const ADVICE: readonly Advice[] = [
  {
    code: "INVALID_CLIENT_CERT",
    advice: "The client certificate is missing, expired, revoked, or for the other environment: " +
      "sandbox and production have certificates of their own. Check which one is presented and " +
      "that it is active in the project on Mastercard Developers",
  },
  {
    code: "DECLINED",
    status: 401,
    reporter: "gateway",
    advice:
      "The client certificate is fine: the project has no access to this API. Request access " +
      "on Mastercard Developers",
  },
  {
    code: "INVALID_AUTH_HEADER",
    reporter: "gateway",
    advice:
      "This API asks for an Authorization header with an OAuth 1.0a signature, which a client " +
      "certificate does not replace",
  },
  {
    reporter: "api",
    advice:
      "The gateway authenticated the request, and the API itself answered. See the error codes " +
      "of that API",
  },
];

/** Returns the advice about an error, or an empty object if there is none. */
export function findAdvice(
  source: string,
  reasonCode: string,
  status: number,
): { readonly advice?: string } {
  const reporter = /^(gateway)?$/i.test(source) ? "gateway" : "api";
  const code = reasonCode.toUpperCase();
  const found = ADVICE.find((row) =>
    (row.code ?? code) === code && (row.status ?? status) === status &&
    (row.reporter ?? reporter) === reporter
  );
  return found === undefined ? {} : { advice: found.advice };
}
