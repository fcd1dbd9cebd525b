/**
 * Text of others in errors and reports: names in certificates and files, option names, values,
 * texts of a server. Wherever it comes from, the message stays one bounded line.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { SET } from "../lib/asn1/tags.ts";
import { writeBmpString, writeElement } from "../lib/asn1/writer.ts";
import { writePem } from "../lib/keys/pem.ts";
import { showList, showText } from "../lib/show.ts";
import {
  createCsr,
  inspectCredentials,
  mastercardCommonName,
  mcFetch,
  McFetchError,
  readMastercardErrors,
  readPkcs12,
  readPrivateKey,
  writePkcs12,
} from "../mod.ts";
import { fixture } from "./support/context.ts";
import { changeCertificate, der, text } from "./support/growth_parts.ts";
import {
  FRIENDLY_NAME,
  keyBag,
  oid,
  pfx,
  writeAttribute,
  writeCertBag,
  writePlainSafe,
  writeSequence,
} from "./support/p12_writer.ts";

/** An escape sequence, line ends, marks that reverse the direction, and no width; then more. */
const HOSTILE = 'a\x1b[31m\r\nok  \u2028\u202e\u2066\u200b\u0085\ud800"';
const LONG = HOSTILE + "x".repeat(1_000_000);
/** What a terminal or a log would interpret. */
// deno-lint-ignore no-control-regex -- The test looks for control characters.
const INVISIBLE = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/;

function checkMessage(message: string, max = 4096): void {
  assert(!INVISIBLE.test(message), JSON.stringify(message.slice(0, 500)));
  assert(message.length <= max, `${message.length} characters`);
}

test("a foreign text is one bounded line with visible escapes", () => {
  assertEquals(showText("Müller & Söhne, 株式会社"), "Müller & Söhne, 株式会社");
  assertEquals(showText("a\x1b[2K\nb"), "a\\u{1b}[2K\\u{a}b");
  assertEquals(showText("\u202egro.elpmaxe\u200f"), "\\u{202e}gro.elpmaxe\\u{200f}");
  assertEquals(showText("x".repeat(256)), "x".repeat(256));
  assertEquals(showText("x".repeat(257)), `${"x".repeat(255)}…`);
  assertEquals(showText(`${"x".repeat(8)}😀😀`, 10), `${"x".repeat(8)}…`);
  assertEquals(showText("\n".repeat(9), 10), "\\u{a}…");
  checkMessage(showText(LONG), 256);
  assertEquals(showList(Array(20).fill("a"), ", ", 2), "a, a and 18 more");
});

/** A certificate of the key `ec.key` with this common name. */
function certificateFor(name: string): string {
  const value = writeElement(0x0c, new TextEncoder().encode(name));
  const subject = writeSequence(writeElement(SET, writeSequence(oid("2.5.4.3"), value)));
  return writePem("CERTIFICATE", changeCertificate(7, { subject }));
}

// A certificate has at most 100 KiB.
const BIG = LONG.slice(0, 50_000);

test("the report about a certificate shows its names on one line each", async () => {
  const report = await inspectCredentials({ cert: certificateFor(BIG), key: text("ec.key") });
  checkMessage(report.leaf.subject, 512);
  for (const { message } of report.problems) checkMessage(message, 1024);
});

test("errors show names of certificates, aliases and labels on one line", async () => {
  const cert = certificateFor(BIG);
  const key = text("ec.key");
  const url = "https://localhost:1/";
  const bag = (name: string, serial: number) =>
    writeCertBag(
      changeCertificate(serial, {}),
      writeAttribute(FRIENDLY_NAME, writeBmpString(name)),
    );
  const two = new Uint8Array(pfx([writePlainSafe(
    keyBag(der("ec.key"), writeAttribute(FRIENDLY_NAME, writeBmpString(BIG))),
    bag(BIG, 1),
  )]));
  const block = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
  const dek = text("client.dek-info.key").replace(/DEK-Info: [^,]*/, "DEK-Info: \x1b\u202eX");
  const calls: (() => Promise<unknown>)[] = [
    () => mcFetch(url, undefined, { cert, key: text("other.key") }),
    () => mcFetch(url, undefined, { cert, key, alias: LONG }),
    () => mcFetch(url, undefined, { pfx: two, alias: LONG }),
    () => mcFetch(url, undefined, { cert, key, [LONG]: 1 } as never),
    () => mcFetch(url, undefined, { cert, key, limits: { maxBytes: LONG as never } }),
    () => mcFetch(url, { headers: { [HOSTILE]: "1" } }, { cert, key }),
    () => mcFetch(url, { method: HOSTILE }, { cert, key }),
    () => readPrivateKey(block("\x1b]0;X\u202e")),
    () => readPrivateKey("-----BEGIN \x1b]0;X\u202e-----\nAAAA\n"),
    () => readPrivateKey(dek, { passphrase: "changeit" }),
    () => readPkcs12(new Uint8Array([0x30, 3, 2, 1, 3]), { [LONG]: 1 } as never),
    () => createCsr({ commonName: LONG, organization: "a", organizationalUnit: "b" }),
    () => createCsr({ commonName: HOSTILE, organization: "a", organizationalUnit: "b" }),
    () => writePkcs12({ key, cert, passphrase: "a", iterations: LONG as never }),
    () => writePkcs12({ key, cert, passphrase: "a", friendlyName: HOSTILE }),
    async () => await mastercardCommonName({ environment: LONG as never }),
  ];
  for (const call of calls) {
    const error = await assertRejects(async () => await call(), McFetchError);
    checkMessage(error.message);
  }
});

test("every error of the library is one bounded line", () => {
  checkMessage(new McFetchError("invalid_argument", LONG).message);
});

test("the errors in a response are shown on one line", async () => {
  for (
    const response of [
      Response.json({ Errors: { Error: [{ Source: BIG, ReasonCode: BIG, Description: BIG }] } }, {
        status: 400,
      }),
      Response.json({ error: HOSTILE, error_description: HOSTILE, details: { [HOSTILE]: 1 } }, {
        status: 400,
      }),
      new Response(
        `<Errors><Error><ReasonCode>a&#10;b\x1b[2K</ReasonCode><Description>&#x202e;</Description></Error></Errors>`,
        { status: 400 },
      ),
    ]
  ) {
    const [error] = await readMastercardErrors(response);
    assert(error !== undefined);
    for (const value of Object.values(error)) if (typeof value === "string") checkMessage(value);
  }
});

test("a name that is only text stays as it is", async () => {
  const cert = certificateFor("Société Générale – 株式会社");
  const { leaf } = await inspectCredentials({ cert, key: fixture("ec.key") });
  assertStringIncludes(leaf.subject, "CN=Société Générale – 株式会社");
});
