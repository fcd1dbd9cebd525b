/**
 * The identifier octets of ASN.1 types (X.680, section 8.6; X.690, section 8.1.2).
 *
 * @module
 */

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OBJECT_IDENTIFIER = 0x06;
export const UTC_TIME = 0x17;
export const BMP_STRING = 0x1e;
export const SEQUENCE = 0x30;
export const SET = 0x31;
/** The bit of a constructed type: its contents are elements. */
export const CONSTRUCTED = 0x20;

/** Returns the identifier octet of `[n]`, constructed. */
export function contextTag(n: number): number {
  return 0x80 | CONSTRUCTED | n;
}
