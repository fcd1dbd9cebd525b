/**
 * Subject alternative names (RFC 5280, section 4.2.1.6), from text to DER.
 *
 * @module
 */
import { OCTET_STRING } from "../asn1/tags.ts";
import { writeElement, writeOid, writeSequence } from "../asn1/writer.ts";

/** The extension's identifier. */
const SUBJECT_ALT_NAME = "2.5.29.17";

/** The tags of general names, implicit and primitive. */
const EMAIL = 0x81;
const DNS = 0x82;
const URI = 0x86;
const IP = 0x87;

/** The tags by the prefixes of OpenSSL. */
const PREFIXES: ReadonlyMap<string, number> = new Map([
  ["email", EMAIL],
  ["dns", DNS],
  ["uri", URI],
  ["ip", IP],
]);

/** The longest DNS name (RFC 1035, section 2.3.4), and a bound for the others, in characters. */
const MAX_NAME = 253;
const MAX_TEXT = 2048;

/**
 * Writes the extension.
 *
 *     Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, extnValue OCTET STRING }
 *     GeneralNames ::= SEQUENCE OF GeneralName
 *
 * @returns The extension, or the first name that is not valid
 */
export function writeAlternativeNames(
  names: readonly string[],
): { readonly extension: Uint8Array<ArrayBuffer> } | { readonly invalid: string } {
  const parts: Uint8Array[] = [];
  for (const name of names) {
    const part = writeGeneralName(name);
    if (part === undefined) return { invalid: name };
    parts.push(part);
  }
  const value = writeElement(OCTET_STRING, writeSequence(...parts));
  return { extension: writeSequence(writeOid(SUBJECT_ALT_NAME), value) };
}

/** Writes a name: with OpenSSL's prefix, as in `DNS:example.com`, or of the kind that it looks. */
function writeGeneralName(name: string): Uint8Array | undefined {
  const [, prefix = "", rest = ""] = /^(email|DNS|URI|IP):\s*(.*)$/i.exec(name) ?? [];
  const text = prefix === "" ? name : rest;
  const tag = PREFIXES.get(prefix.toLowerCase()) ?? guessTag(text);
  const bytes = WRITERS[tag]?.(text);
  return bytes && writeElement(tag, bytes);
}

function guessTag(text: string): number {
  if (text.includes("://")) return URI;
  if (text.includes("@")) return EMAIL;
  return writeAddress(text) === undefined ? DNS : IP;
}

/** The writers of the kinds of names. They return `undefined` for text that is not valid. */
const WRITERS: Readonly<Record<number, (text: string) => Uint8Array | undefined>> = {
  [DNS]: writeHost,
  [IP]: writeAddress,
  [EMAIL]: (text) => /^[^\s@]+@[^\s@]+$/.test(text) ? writeAscii(text) : undefined,
  [URI]: (text) => /^[a-z][a-z0-9+.-]*:\S+$/i.test(text) ? writeAscii(text) : undefined,
};

/** Writes a host's name. Letters outside of ASCII become Punycode; a first `*` stays. */
function writeHost(text: string): Uint8Array | undefined {
  const [, wildcard = "", host = ""] = /^(\*\.)?([^/:?#@[\]\\%\s\p{Cc}\p{Cf}]+)$/u.exec(text) ?? [];
  if (host === "" || !URL.canParse(`https://${host}`)) return undefined;
  const { hostname } = new URL(`https://${host}`);
  const isName = /^(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*$/.test(hostname);
  const name = wildcard + hostname;
  // The URL parser turns numbers into addresses.
  return isName && name.length <= MAX_NAME && !/^[\d.]+$/.test(hostname)
    ? writeAscii(name)
    : undefined;
}

/** Writes an IPv4 or IPv6 address. */
function writeAddress(text: string): Uint8Array | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const numbers = text.split(".").map(Number);
    return numbers.every((number) => number < 256) ? Uint8Array.from(numbers) : undefined;
  }
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) || !URL.canParse(`https://[${text}]`)) {
    return undefined;
  }
  const [head = "", tail] = new URL(`https://[${text}]`).hostname.slice(1, -1).split("::");
  const groups = (part = "") => part === "" ? [] : part.split(":");
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(zeros).fill("0"), ...groups(tail)];
  return Uint8Array.from(all.flatMap((group) => {
    const number = parseInt(group, 16);
    return [number >> 8, number & 0xff];
  }));
}

/** Writes an IA5String. */
function writeAscii(text: string): Uint8Array | undefined {
  return /^[\x21-\x7e]+$/.test(text) && text.length <= MAX_TEXT
    ? new TextEncoder().encode(text)
    : undefined;
}
