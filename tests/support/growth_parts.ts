/** Parts of the fixtures, and certificates that are made of them. */
import { Reader } from "../../lib/asn1/reader.ts";
import { fixture } from "./context.ts";
import { writeInteger, writeSequence } from "./p12_writer.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Reads a fixture as text. */
export const text = (name: string): string => new TextDecoder().decode(fixture(name));

/** Reads the first block of a fixture. */
export const der = (name: string): Bytes => {
  const base64 = text(name).replace(/-----END[^]*/, "").replace(/.*\n/, "").replaceAll("\n", "");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
};

/** Returns the elements of a SEQUENCE. */
export const parts = (sequence: Uint8Array): Uint8Array[] => {
  const reader = new Reader(sequence, "the test", "it").enterSequence("it");
  const all: Uint8Array[] = [];
  while (reader.tag !== undefined) all.push(reader.readAny("element").raw);
  return all;
};

/** The places of fields in tbsCertificate. */
const PLACES = { subject: 5, extensions: 7 };

/**
 * Writes the certificate of `ec.key` with another serial number, and with other fields. Its
 * signature is then wrong.
 */
export function changeCertificate(
  serial: number,
  fields: Partial<Record<keyof typeof PLACES, Uint8Array>> = {},
): Bytes {
  const [tbs, ...rest] = parts(der("ec.pem"));
  const all = parts(tbs!);
  all[1] = writeInteger(0x1000000 + serial);
  if (fields.subject) all[PLACES.subject] = fields.subject;
  if (fields.extensions) all[PLACES.extensions] = fields.extensions;
  return writeSequence(writeSequence(...all), ...rest);
}
