/**
 * What programs put between and in the place of the characters of a PEM text.
 *
 * @module
 */

/**
 * Removes what programs put in the place of characters: escapes of terminals, of strings, of URLs
 * and of XML, and characters without a width.
 */
export function removeEscapes(text: string): string {
  const [, space] = /BEGIN(%20|\+)[A-Z]/.exec(text) ?? [];
  // In forms, `+` stands for a space. Else it is a digit of base64.
  const query = space === "+" ? text.replaceAll("+", " ") : text;
  const plain = space === undefined ? text : query.replace(
    /(?:%[0-9a-f]{2})+/gi,
    (run) => run.slice(1).split("%").map(decodeHex).join(""),
  );
  return plain
    // deno-lint-ignore no-control-regex -- Terminals' escape sequences start with ESC.
    .replace(/\x1b\[[0-9;]{0,16}[A-Za-z]/g, "")
    .replace(/[\u200b-\u200f\u2060\ufeff]/g, "")
    .replace(/\\{1,8}(?:r\\{1,8}n|[rn])/g, "\n")
    .replace(/\\{1,8}u([0-9a-f]{4})/gi, (_, code) => decodeHex(code))
    .replace(/\\{1,8}([\r\n"'/t])/g, (_, one) => one === "t" ? "\t" : one)
    .replace(/&#(?:10|13|x0{0,2}[ad]);|<br ?\/?>/gi, "\n");
}

function decodeHex(digits: string): string {
  return String.fromCharCode(parseInt(digits, 16));
}

/** Removes what stands between the parts of a block: quotes, `+` of source code, `>` of mail. */
export function cleanBody(body: string): string {
  const cleaned = body
    .replace(/["'`][\s+.,;]{0,32}["'`]/g, "\n")
    // The lookbehind keeps the engine from trying each character of a long run.
    .replace(/^[ \t]*["'`]|(?<!["'`,;])["'`,;]+[ \t]*$/gm, "")
    .replace(/^[ \t]*[>|][>| \t]*/gm, "")
    // deno-lint-ignore no-control-regex -- Control characters are in no base64.
    .replace(/[\x00-\x08\x0e-\x1f\x7f]/g, "")
    .replace(/[^\S\r\n\t ]/g, " ");
  return splitHeaders(cleaned);
}

/** Puts the headers of OpenSSL's encrypted keys on lines of their own. */
function splitHeaders(body: string): string {
  const found = /^\s*Proc-Type:\s*4,\s*ENCRYPTED\s*DEK-Info:\s*([A-Z0-9-]{1,40}),\s*/.exec(body);
  if (!found) return body;
  const [start, cipher = ""] = found;
  // The IV is one block of the cipher.
  const digits = /^(?:AES|CAMELLIA|SEED|ARIA)/.test(cipher) ? 32 : 16;
  const [iv = ""] = new RegExp(`^[0-9A-Fa-f]{0,${digits}}`).exec(body.slice(start.length)) ?? [];
  const base64 = body.slice(start.length + iv.length);
  return `\nProc-Type: 4,ENCRYPTED\nDEK-Info: ${cipher},${iv}\n\n${base64}`;
}
