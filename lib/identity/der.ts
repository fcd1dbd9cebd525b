/**
 * The end of a DER or BER file.
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";

/** Returns the end of the first element; `undefined` if the element is damaged. */
export function findDerEnd(bytes: Uint8Array): number | undefined {
  try {
    return new Reader(bytes, "", "").readAny("").raw.length;
  } catch {
    return undefined;
  }
}
