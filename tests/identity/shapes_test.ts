/** Key files in the shapes in which environment variables, secrets, joins and editors hold them. */
import { assert, assertEquals } from "@std/assert";
import test from "node:test";
import { encodeBase64 } from "../../lib/crypto/base64.ts";
import { concat } from "../../lib/crypto/bytes.ts";
import { openFiles } from "../../lib/fetch/settings.ts";
import { readCredentials } from "../../lib/identity/credentials.ts";
import { type KeyFiles, loadIdentity } from "../../lib/identity/identity.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import { inspectCredentials } from "../../mod.ts";
import { binaryString, bytesOf, textOf } from "../support/texts.ts";

type Contents = string | Uint8Array;
type Shape = (text: string) => Contents;

const passphrase = "changeit";

const utf16 = (text: string, isBig: boolean) => {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), !isBig);
  return new Uint8Array(view.buffer);
};
const body = (text: string, change: (line: string) => string) =>
  text.split("\n").map((line) => /^[\w+/=]+$/.test(line) ? change(line) : line).join("\n");
const lines = (text: string, change: (line: string) => string) =>
  text.trimEnd().split("\n").map(change).join("\n");

/** Texts that hold the same PEM as the text that is passed. */
const TEXTS: Record<string, Shape> = {
  "\\n for line ends": (text) => text.replaceAll("\n", "\\n"),
  "\\r\\n for line ends": (text) => text.replaceAll("\n", "\\r\\n"),
  "\\\\n for line ends": (text) => text.replaceAll("\n", "\\\\n"),
  "\\n and line ends": (text) => text.replaceAll("\n", "\\n\n"),
  "\\n in quotes": (text) => `"${text.replaceAll("\n", "\\n")}"`,
  "a variable with \\n": (text) => `export TLS_CERT="${text.replaceAll("\n", "\\n")}"\n`,
  "blanks for line ends": (text) => text.replaceAll("\n", " "),
  "tabs for line ends": (text) => text.replaceAll("\n", "\t"),
  "no line ends": (text) => text.replaceAll("\n", ""),
  "no white space": (text) => text.replaceAll(/\s/g, ""),
  "a backslash at the end of each line": (text) => text.replaceAll("\n", "\\\n"),
  "CR": (text) => text.replaceAll("\n", "\r"),
  "a quote before BEGIN": (text) => `"${text}"`,
  "single quotes": (text) => `'${text}'`,
  "NAME=": (text) => `CERT=${text}`,
  "key: ": (text) => `cert: ${text}`,
  "a YAML block": (text) => `tls:\n  cert: |\n${lines(text, (line) => `    ${line}`)}\n`,
  "a list of YAML": (text) => `- ${text.replaceAll("\n", "\n  ")}`,
  "a comma before BEGIN": (text) => `,${text}`,
  "text before BEGIN": (text) => `the key ${text}`,
  "text behind BEGIN and END": (text) => text.replaceAll("-----\n", "----- # ok\n"),
  "U+200B before BEGIN": (text) => `\u200b${text}`,
  "U+FEFF everywhere": (text) => text.replaceAll("-----BEGIN", "\ufeff-----BEGIN"),
  "no line end between blocks": (text) => text.replaceAll("-----\n-----", "----------"),
  "JSON": (text) => JSON.stringify({ data: text }),
  "JSON, indented": (text) => JSON.stringify({ a: 1, data: text, z: null }, undefined, 2),
  "JSON with \\/": (text) => JSON.stringify({ data: text }).replaceAll("/", "\\/"),
  "JSON with \\u002B": (text) => JSON.stringify({ data: text }).replaceAll("+", "\\u002B"),
  "JSON in JSON": (text) => JSON.stringify(JSON.stringify({ data: text })),
  "an array in JSON": (text) => JSON.stringify(text.trimEnd().split("\n")),
  "source code": (text) => lines(text, (line) => `  "${line}\\n" +`),
  "source code with line ends": (text) => `[\n${lines(text, (line) => `  '${line}',`)}\n].join()`,
  "percent-encoded": (text) => encodeURIComponent(text),
  "percent-encoded, with plus signs": (text) => encodeURI(text),
  "percent-encoded by a form": (text) => new URLSearchParams({ a: text }).toString(),
  "percent-encoded in parts": (text) =>
    text.replaceAll("\n", "%0A").replaceAll(" ", "%20").replaceAll("+", "%2B"),
  "XML": (text) => `<cert>${text.replaceAll("\n", "&#xA;")}</cert>`,
  "HTML": (text) => `<pre>${text.replaceAll("\n", "<br>")}</pre>`,
  "a quotation": (text) => lines(text, (line) => `> ${line}`),
  "base64 of PEM": (text) => encodeBase64(bytesOf(text)),
  "base64 of PEM in lines": (text) => encodeBase64(bytesOf(text)).replaceAll(/.{76}/g, "$&\n"),
  "base64 of base64 of PEM": (text) => encodeBase64(bytesOf(encodeBase64(bytesOf(text)))),
  "base64 of PEM with NAME=": (text) => `TLS_CRT=${encodeBase64(bytesOf(text))}\n`,
  "base64 of PEM in quotes": (text) => `"${encodeBase64(bytesOf(text))}"`,
  "base64 of PEM in YAML": (text) => `tls.crt: ${encodeBase64(bytesOf(text))}`,
  "base64 of PEM with \\n": (text) => encodeBase64(bytesOf(text.replaceAll("\n", "\\n"))),
  "base64url of PEM": (text) =>
    encodeBase64(bytesOf(text)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  "a data URL": (text) => `data:application/x-pem-file;base64,${encodeBase64(bytesOf(text))}`,
  "hexadecimal digits": (text) =>
    [...bytesOf(text)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  "four hyphens": (text) => text.replaceAll("-----", "----"),
  "a hyphen too few": (text) => text.replace("-----BEGIN", "----BEGIN"),
  "a hyphen too many": (text) => text.replaceAll("-----\n", "------\n"),
  "blanks inside": (text) => text.replaceAll("-----BEGIN ", "----- BEGIN "),
  "em dashes": (text) => text.replaceAll("-----", "\u2014\u2014-"),
  "en dashes": (text) => text.replaceAll("-----", "\u2013\u2013\u2013\u2013\u2013"),
  "no hyphens": (text) => text.replaceAll("-----", ""),
  "lower case": (text) => text.replaceAll(/-----.*-----/g, (line) => line.toLowerCase()),
  "a label without blanks": (text) => text.replaceAll("PRIVATE KEY", "PRIVATEKEY"),
  "another label in END": (text) => text.replaceAll(/END .*-----/g, "END RSA PRIVATE KEY-----"),
  "no-break spaces": (text) => body(text, (line) => `\u00a0${line}\u00a0`),
  "U+200B in lines": (text) => body(text, (line) => `${line.slice(0, 9)}\u200b${line.slice(9)}`),
  "colors": (text) => lines(text, (line) => `\x1b[32m${line}\x1b[0m`),
  "NULs for line ends": (text) => text.replaceAll("\n", "\0"),
  "UTF-16 decoded byte by byte": (text) => binaryString(utf16(text, false)),
};

/** Bytes that hold the same PEM as the text that is passed. */
const BYTES: Record<string, Shape> = {
  "Latin-1 in a comment": (text) =>
    concat([bytesOf("friendlyName: M"), Uint8Array.of(0xfc), bytesOf(`ller\n${text}`)]),
  "Latin-1 first": (text) => concat([Uint8Array.of(0xe9, 0x0a), bytesOf(text)]),
  "0 and Latin-1 first": (text) => concat([Uint8Array.of(0x30, 0xe9, 0x0a), bytesOf(text)]),
  "Latin-1 last": (text) => concat([bytesOf(text), Uint8Array.of(0xdc)]),
  "windows-1252 quotes": (text) => concat([Uint8Array.of(0x93, 0x94, 0x0a), bytesOf(text)]),
  "NUL at the end": (text) => bytesOf(`${text}\0`),
  "NULs at the end": (text) => bytesOf(`${text}${"\0".repeat(512)}`),
  "Ctrl-Z at the end": (text) => bytesOf(`${text}\x1a`),
  "an escape sequence before": (text) => bytesOf(`\x1b[0m${text}`),
  "a form feed": (text) => bytesOf(`\f${text}`),
  "a BOM of UTF-8": (text) => bytesOf(`\ufeff${text}`),
  "UTF-16LE": (text) => utf16(`\ufeff${text}`, false),
  "UTF-16BE": (text) => utf16(`\ufeff${text}`, true),
  "UTF-16LE without a BOM": (text) => utf16(text, false),
  "UTF-16BE without a BOM": (text) => utf16(text, true),
  "UTF-16LE of base64": (text) => utf16(`\ufeff${encodeBase64(bytesOf(text))}`, false),
};

async function opens(files: KeyFiles, length: number): Promise<void> {
  const { cert, key } = await loadIdentity({ passphrase, ...files });
  assertEquals(cert.split("-----BEGIN CERTIFICATE-----").length - 1, length);
  assert(cert.startsWith(textOf("client.pem").slice(0, 200)), "the leaf");
  assertEquals(key, textOf("client.pkcs8.key"));
}

for (const [name, shape] of Object.entries({ ...TEXTS, ...BYTES })) {
  test(`PEM is read: ${name}`, async () => {
    const [cert, key] = [textOf("client.pem"), textOf("client.pkcs8.key")];
    await opens({ cert: shape(cert), key }, 2);
    await opens({ cert, key: shape(key) }, 2);
    await opens({ pfx: shape(key + cert) }, 2);
    await opens({ cert: shape(cert + key), key: shape(cert + key) }, 2);
    assertEquals((await readPrivateKey(shape(key))).key, key);
    const found = shape(textOf("ca.pem") + textOf("issuing.pem"));
    const files = { cert, key, extraCa: found };
    const settings = await openFiles(readCredentials(files).files!);
    assertEquals(settings.extraCa, [textOf("ca.pem"), textOf("issuing.pem")]);
    const { problems } = await inspectCredentials({ cert: shape(cert), key: shape(key) });
    assertEquals(problems.filter(({ code }) => code !== "unaccepted_issuer"), []);
  });
}
