/** Helpers for the tests of `readMastercardErrors`. */
import { type MastercardError, readMastercardErrors } from "../../lib/mastercard/errors.ts";

/** Reads the errors in a body. A body that is not a text is sent as JSON. */
export function readErrors(
  body: unknown,
  status = 400,
  type = "application/json",
): Promise<MastercardError[]> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readMastercardErrors(
    new Response(text, { status, headers: { "content-type": type } }),
  );
}

/** An error in the form of the gateway. */
export const GATEWAY_ERROR = {
  Source: "Gateway",
  ReasonCode: "SOME_CODE",
  Description: "Some words",
  Recoverable: false,
  Details: null,
};

/** The result for {@linkcode GATEWAY_ERROR}. */
export const EXPECTED_ERROR = {
  source: "Gateway",
  reasonCode: "SOME_CODE",
  description: "Some words",
  recoverable: false,
};
