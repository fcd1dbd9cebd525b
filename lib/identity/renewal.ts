/**
 * Chooses among certificates of the same key, such as an expired one and the renewed one. Loaded
 * when a key has several certificates.
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import { UTC_TIME } from "../asn1/tags.ts";
import type { FoundCertificate } from "../keys/contents.ts";

/**
 * Sorts certificates: those that are valid now first, then those that are valid for the longest
 * time.
 */
export function sortByValidity(certificates: FoundCertificate[], now: Date): void {
  const ranks = new Map(certificates.map((found) => [found, rank(found, now.getTime())]));
  const rankOf = (found: FoundCertificate) => ranks.get(found) ?? [0, 0];
  certificates.sort((a, b) => {
    const [validA = 0, endA = 0] = rankOf(a);
    const [validB = 0, endB = 0] = rankOf(b);
    return validB - validA || endB - endA;
  });
}

function rank({ certificate: { validity } }: FoundCertificate, now: number): number[] {
  const [start, end] = readValidity(validity);
  return [start <= now && now <= end ? 1 : 0, end];
}

/** Reads `Validity ::= SEQUENCE { notBefore Time, notAfter Time }` in milliseconds since 1970. */
function readValidity(validity: Uint8Array): [number, number] {
  try {
    const fields = new Reader(validity, "", "");
    return [readTime(fields.readAny("")), readTime(fields.readAny(""))];
  } catch { // A damaged certificate comes last, and TLS says what is wrong with it.
    return [0, 0];
  }
}

/** Years, months, days, hours, minutes, seconds and the time zone. */
const TIME = /^(\d+)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?(?:Z|([+-]\d\d)(\d\d))?$/;

/** Reads a UTCTime or GeneralizedTime (RFC 5280, section 4.1.2.5); 0 if it is damaged. */
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
