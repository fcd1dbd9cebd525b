/**
 * What to do about an error of Mastercard's. The codes are those of errors.ts' sources;
 * what to do about them is from Mastercard's own guide for agents, "When authentication fails", in
 * skills/mastercard-best-practices/SKILL.md of
 * https://github.com/Mastercard/developers-agent-toolkit
 *
 * @module
 */
/** What to do, and about which errors: those with the code and the status, where they are given. */
interface Advice {
  readonly code?: string;
  readonly status?: number;
  /** Whether it is about what the gateway reports, or what the API behind it does. */
  readonly by?: "gateway" | "api";
  readonly advice: string;
}

/** The first that fits. */
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
    by: "gateway",
    advice:
      "The client certificate is fine: the project has no access to this API. Request access " +
      "on Mastercard Developers",
  },
  {
    code: "INVALID_AUTH_HEADER",
    by: "gateway",
    advice:
      "This API asks for an Authorization header with an OAuth 1.0a signature, which a client " +
      "certificate does not replace",
  },
  {
    by: "api",
    advice:
      "The gateway authenticated the request, and the API itself answered. See the error codes " +
      "of that API",
  },
];

/** What to do about an error, where that is known. */
export function adviseOn(
  source: string,
  reasonCode: string,
  status: number,
): { readonly advice?: string } {
  const by = /^(gateway)?$/i.test(source) ? "gateway" : "api";
  const found = ADVICE.find((row) =>
    (row.code ?? reasonCode.toUpperCase()) === reasonCode.toUpperCase() &&
    (row.status ?? status) === status && (row.by ?? by) === by
  );
  return found === undefined ? {} : { advice: found.advice };
}
