/**
 * Rejections of the client certificate by the server. Loaded if the credentials are a function.
 *
 * @module
 */
import { McFetchError } from "../errors.ts";
import { readMastercardErrors } from "../mastercard/errors.ts";

/** The statuses of responses that say that the certificate was rejected. nginx has 400. */
const STATUSES: ReadonlySet<number> = new Set([400, 401, 403, 422, 495, 496]);

/** True if the server rejected the certificate: in the handshake, or in the response. */
export async function isCertificateRejected(attempt: Promise<Response>): Promise<boolean> {
  let response: Response;
  try {
    response = await attempt;
  } catch (error) {
    return error instanceof McFetchError && error.code.startsWith("certificate_");
  }
  if (!STATUSES.has(response.status)) return false;
  const errors = await readMastercardErrors(response);
  return errors.some(({ reasonCode }) => reasonCode === "INVALID_CLIENT_CERT");
}
