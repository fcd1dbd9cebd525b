/**
 * Explains a response with an error, and inspects the certificate if the server rejects it.
 *
 * @module
 */
import { inspectCredentials } from "../certificates/inspect.ts";
import type { CertKeyCredentials } from "../identity/credentials.ts";
import { readMastercardErrors } from "../mastercard/errors.ts";
import { oneLine } from "./layout.ts";

/** Explanation of a response with an error. */
interface Refusal {
  /** True if the server rejects the certificate. */
  readonly isCertificate: boolean;
  /** The lines to print; empty if the response says nothing. */
  readonly lines: readonly string[];
}

/** Reads the errors in a response. If they are about the certificate, inspects the certificate. */
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
    const found = problems.map(({ message }) => message).join("; ") || "no problem found";
    lines.push(`About the client certificate ${leaf.subject}: ${found}.`);
  }
  return { isCertificate, lines: lines.map(oneLine) };
}
