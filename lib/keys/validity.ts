/**
 * The validity of a certificate (RFC 5280, section 4.1.2.5).
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import { UTC_TIME } from "../asn1/tags.ts";

/** A day, in milliseconds. */
export const DAY: number = 24 * 60 * 60 * 1000;

/**
 * Returns the number of days from one time to another, rounded down: 0 if less than one day is
 * left, -1 on the first day after.
 */
export function daysBetween(from: Date, to: Date): number {
  return Math.floor((to.getTime() - from.getTime()) / DAY);
}

/**
 * Reads the start and the end of a validity in milliseconds since 1970; 0 for a time that is
 * damaged.
 *
 *     Validity ::= SEQUENCE { notBefore Time, notAfter Time }
 *
 * @param validity The contents of the SEQUENCE
 */
export function readValidity(validity: Uint8Array): [start: number, end: number] {
  try {
    const fields = new Reader(validity, "", "");
    return [readTime(fields.readAny("")), readTime(fields.readAny(""))];
  } catch { // TLS says what is wrong with a damaged certificate
    return [0, 0];
  }
}

/** Years, months, days, hours, minutes, seconds and the time zone. */
const TIME = /^(\d+)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?(?:Z|([+-]\d\d)(\d\d))?$/;

/** Reads a UTCTime or GeneralizedTime; 0 if it is damaged. */
function readTime({ tag, body }: Element): number {
  const parts = TIME.exec(new TextDecoder().decode(body))?.slice(1).map((part) =>
    Number(part ?? 0)
  );
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0, zone = 0, more = 0] =
    parts ?? [];
  // The two digits of UTCTime stand for 1950 to 2049.
  const full = tag === UTC_TIME ? year + (year < 50 ? 2000 : 1900) : year;
  const time = Date.UTC(full, month - 1, day, hours, minutes, seconds);
  const offset = (60 * zone + Math.sign(zone) * more) * 60_000;
  return parts === undefined || Number.isNaN(time) ? 0 : time - offset;
}
