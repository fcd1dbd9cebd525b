/**
 * The end of a certificate's validity (RFC 5280, section 4.1.2.5).
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { contextTag, SEQUENCE, UTC_TIME } from "../asn1/tags.ts";

/**
 * Reads `notAfter` of a certificate.
 *
 *     Validity ::= SEQUENCE { notBefore Time, notAfter Time }
 *     Time ::= CHOICE { utcTime UTCTime, generalTime GeneralizedTime }
 *
 * @param der The certificate
 * @param file The file's name in messages
 */
export function readNotAfter(der: Uint8Array, file: string): Date {
  const tbs = new Reader(der, file, "a certificate", "DER").enterSequence("certificate")
    .enterSequence("tbsCertificate");
  if (tbs.tag === contextTag(0)) tbs.readAny("version");
  tbs.readAny("serial number");
  tbs.readElement(SEQUENCE, "signature");
  tbs.readElement(SEQUENCE, "issuer");
  const validity = tbs.enterSequence("validity");
  validity.readAny("notBefore");
  const { tag, body } = validity.readAny("notAfter");
  const text = new TextDecoder().decode(body);
  const [, year = "", rest = ""] = (tag === UTC_TIME ? /^(\d\d)(\d{10})Z$/ : /^(\d{4})(\d{10})Z$/)
    .exec(text) ?? [];
  const [month, day, hour, minute, second] = rest.match(/\d\d/g) ?? [];
  // A UTCTime from 50 on is of the last century.
  const century = year.length === 4 ? "" : Number(year) < 50 ? "20" : "19";
  const date = new Date(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(date.getTime())) throw validity.fail("has a wrong notAfter");
  return date;
}
