/**
 * PEM blocks with the headers of RFC 1421, as in OpenSSL's encrypted keys.
 *
 * @module
 */
import { decodeBase64 } from "../crypto/base64.ts";
import type { PemBlock } from "./pem.ts";

const LINE = /([^\r\n]*)(?:\r\n|\r|\n)/gy;
const HEADER = /^([A-Za-z][A-Za-z0-9-]{0,63}):\s*(.*)$/;
/** OpenSSL writes two headers, with 80 characters. */
const MAX_HEADERS = 8192;

/** True if the headers of a block say that its contents are encrypted. */
export function isEncryptedBlock(block: PemBlock): boolean {
  return block.headers.has("DEK-Info") ||
    /ENCRYPTED/.test(block.headers.get("Proc-Type") ?? "");
}

/**
 * Decodes the lines between BEGIN and END.
 *
 * @param label The text after BEGIN
 * @param body The lines: headers, then base64
 * @returns The block; `undefined` if the contents are not base64
 */
export function decodeBlock(label: string, body: string): PemBlock | undefined {
  // The armor of PGP ends with a checksum. Only its label is read.
  if (label.startsWith("PGP ")) return { label, headers: new Map(), bytes: new Uint8Array(0) };
  const headers = new Map<string, string>();
  const from = body.includes(":") ? readHeaders(body, headers) : 0;
  const bytes = decodeBase64(from === 0 ? body : body.slice(from));
  return bytes && { label, headers, bytes };
}

/** Reads the headers at the start of a block. Returns the position after them. */
function readHeaders(body: string, headers: Map<string, string>): number {
  let last = "";
  let end = 0;
  for (const [whole, line = ""] of body.slice(0, MAX_HEADERS).matchAll(LINE)) {
    const [, name, value = ""] = HEADER.exec(line) ?? [];
    const isBlankAtStart = last === "" && line.trim() === "";
    // RFC 1421, section 4.6: a line that starts with a space continues the header above it.
    const isContinuation = last !== "" && /^[ \t]+\S/.test(line);
    if (name !== undefined) headers.set(last = name, value.trim());
    else if (isContinuation) headers.set(last, (headers.get(last) ?? "") + line.trim());
    else if (!isBlankAtStart) break;
    end += whole.length;
  }
  return end;
}
