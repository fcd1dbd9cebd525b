import type { CertKeyCredentials } from "../identity/credentials.ts";
import { inspectCredentials } from "../certificates/inspect.ts";
import { readMastercardErrors } from "../mastercard/errors.ts";

/** What a server has against a request, and whether it is the certificate. */
export interface Refusal {
  readonly isCertificate: boolean;
  /** Lines for a person; none where the response says nothing. */
  readonly lines: readonly string[];
}

/** Reads what a response has against the request; where it is the certificate, looks at that too. */
export async function readRefusal(
  response: Response,
  credentials: CertKeyCredentials,
  url: URL,
): Promise<Refusal> {
  const errors = await readMastercardErrors(response);
  const lines = errors.flatMap(({ source, reasonCode, description, advice }) => [
    [source, reasonCode, description].filter((text) => text !== "").join(": "),
    ...advice === undefined ? [] : [`${advice}.`],
  ]);
  const isCertificate = errors.some(({ reasonCode }) => reasonCode === "INVALID_CLIENT_CERT");
  if (isCertificate) {
    const { leaf, problems } = await inspectCredentials(credentials, { url });
    const found = problems.map(({ message }) => message).join("; ") ||
      "nothing is wrong that shows";
    lines.push(`About the client certificate ${leaf.subject}: ${found}.`);
  }
  return { isCertificate, lines };
}
