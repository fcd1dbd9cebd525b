/** Tests requests for other CAs than Mastercard's: few parts of a name, and alternative names. */
import test from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeAlternativeNames } from "../../lib/certificates/alternative_names.ts";
import { createCsr } from "../../lib/certificates/csr.ts";
import { describeRequest } from "../../lib/certificates/request_details.ts";
import { toHex } from "../../lib/crypto/bytes.ts";
import { McFetchError } from "../../lib/errors.ts";
import { readPem } from "../../lib/keys/pem.ts";

/** Returns the names of the extension in hexadecimal digits. */
function write(...names: string[]): string {
  const written = writeAlternativeNames(names);
  // 0603 551d11: the identifier. Then an OCTET STRING with a SEQUENCE of the names.
  return "extension" in written
    ? toHex(written.extension).replace(/^30..0603551d1104..30../, "")
    : `invalid: ${written.invalid}`;
}

test("a name is written as its kind, with or without OpenSSL's prefix", () => {
  for (
    const [name, expected] of [
      ["a.example", "8209612e6578616d706c65"],
      ["DNS:a.example", "8209612e6578616d706c65"],
      ["dns: A.EXAMPLE", "8209612e6578616d706c65"],
      ["*.a.example", "820b2a2e612e6578616d706c65"],
      ["192.0.2.1", "8704c0000201"],
      ["IP:192.0.2.1", "8704c0000201"],
      ["2001:db8::1", "871020010db8000000000000000000000001"],
      ["::", "871000000000000000000000000000000000"],
      ["1:2:3:4:5:6:7:8", "871000010002000300040005000600070008"],
      ["::ffff:192.0.2.1", "871000000000000000000000ffffc0000201"],
      ["a@b.c", "8105614062" + "2e63"],
      ["urn://x", "860775726e3a2f2f78"],
      ["URI:urn:x", "860575726e3a78"],
      ["ä", "8207786e2d2d346361"],
    ]
  ) {
    assertEquals(write(name!), expected, name);
  }
});

test("a name that is of no kind is rejected", () => {
  for (
    const name of [
      ...[
        "",
        " ",
        "a b",
        "-a",
        "a-",
        "a..b",
        ".a",
        "a.",
        "*.",
        "*",
        "a.*",
        "*a.example",
        "a/b",
        "a:1",
      ],
      ...[
        "256.1.1.1",
        "1.2.3",
        "1",
        "0x7f.1",
        "IP:a",
        "IP:1.2.3",
        ":",
        "1::2::3",
        "IP:",
        "DNS:1.2.3.4",
      ],
      ...[
        "a@",
        "@b",
        "a@b@c",
        "email:a",
        "URI:x",
        "URI:",
        "http://a b",
        "a\u0000",
        "a\n",
        "\ud800",
      ],
      ...[`${"a".repeat(64)}.example`, `${"a.".repeat(130)}b`, `urn://${"x".repeat(3000)}`],
    ]
  ) {
    assertEquals(write("ok.example", name), `invalid: ${name}`);
  }
});

test("a request needs only a common name, and asks for its alternative names", async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `host${i}.example`);
  for (const given of [undefined, [], ["a.example", "192.0.2.1", "2001:db8::1"], names]) {
    const { csr } = await createCsr(
      { commonName: "www.example" },
      { keyType: "EC P-256", names: given },
    );
    const details = await describeRequest(readPem(csr, "the request")[0]!.bytes);
    assertEquals([details.subject, details.isSigned], ["CN=www.example", true]);
    assertEquals(details.names.length, given?.length ?? 0);
    assert(!given?.includes("192.0.2.1") || details.names.includes("IP:192.0.2.1"));
  }
  for (
    const [wrong, message] of [
      ["a.example", "names must be an array of strings"],
      [[1], "names must be an array of strings"],
      [[...names, "x.example"], "the length of names must be at most 1000"],
      [
        ["a b"],
        'names must be hosts, IP addresses, e-mail addresses or URIs: current value is "a b"',
      ],
    ] as const
  ) {
    const options = { keyType: "EC P-256", names: wrong as unknown as string[] } as const;
    const error = await assertRejects(
      () => createCsr({ commonName: "a" }, options),
      McFetchError,
      message,
    );
    assertEquals(error.code, "invalid_argument");
  }
});
