/** Tests the hosts, the naming rule and the CAs of Mastercard. */
import test from "node:test";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  findEnvironment,
  findMastercardHost,
  isAcceptedIssuer,
} from "../../lib/mastercard/hosts.ts";
import { MASTERCARD_HOSTS, mastercardCommonName, McFetchError } from "../../mod.ts";

test("a common name follows Mastercard's rule", () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  const before = seconds();
  const sandbox = mastercardCommonName({ environment: "sandbox" });
  const production = mastercardCommonName({ environment: "production", cid: "123456" });
  const after = seconds();
  assertMatch(sandbox, /^\d{10}-Client-MTF-000000$/);
  assertMatch(production, /^\d{10}-Client-PROD-123456$/);
  for (const name of [sandbox, production]) {
    const time = parseInt(name);
    assert(before <= time && time <= after, name);
  }
  assertEquals(
    mastercardCommonName({ environment: "sandbox", cid: undefined }).slice(11),
    sandbox.slice(11),
  );
  const longest = mastercardCommonName({ environment: "production", cid: "1".repeat(32) });
  assert(longest.length <= 64); // RFC 5280, ub-common-name-length
});

test("options outside of the rule are rejected", () => {
  const options = { environment: "sandbox", cid: "" } as const;
  for (const cid of ["", "12 34", "1".repeat(33), "https://acme.example", "é"]) {
    const error = assertThrows(
      () => mastercardCommonName({ ...options, cid }),
      McFetchError,
      "cid",
    );
    assertEquals(error.code, "invalid_argument");
  }
  const environment = "toString" as "sandbox";
  assertThrows(() => mastercardCommonName({ environment }), McFetchError, "environment");
});

test("the hosts of both environments are those of Mastercard's documentation", () => {
  const of = (environment: string) =>
    MASTERCARD_HOSTS.filter((host) => host.environment === environment)
      .map(({ hostname }) => hostname).sort();
  assertEquals(of("production"), [
    "api.identity.mastercard.co.in",
    "api.identity.mastercard.com",
    "asn.api.gateway.mastercard.com",
    "idv.mastercard.asia",
    "idv.mastercard.com",
    "idv.mastercard.eu",
    "services.mastercard.com",
  ]);
  assertEquals(of("sandbox"), [
    "mtf.api.identity.mastercard.co.in",
    "mtf.api.identity.mastercard.com",
    "mtf.asn.api.gateway.mastercard.com",
    "mtf.services.mastercard.com",
    "sandbox.idv.mastercard.asia",
    "sandbox.idv.mastercard.com",
    "sandbox.idv.mastercard.eu",
    "sandbox.mi.api.mastercard.com",
  ]);
  assertEquals(MASTERCARD_HOSTS.length, 15);
});

test("findMastercardHost finds the environment of a URL", () => {
  const of = (url: string) => findMastercardHost(new URL(url));
  assertEquals(of("https://mtf.services.mastercard.com/a")?.environment, "sandbox");
  assertEquals(of("https://services.mastercard.com/a")?.environment, "production");
  assertEquals(of("https://new.api.mastercard.com")?.environment, undefined);
  assert(of("https://new.api.mastercard.com") !== undefined);
  assertEquals(of("https://notmastercard.com"), undefined);
  assertEquals(of("https://mastercard.com.example"), undefined);
  for (
    const domain of ["mastercard.com", "mastercard.eu", "mastercard.asia", "mastercard.co.in"]
  ) {
    assert(of(`https://${domain}`) !== undefined, domain);
    assertEquals(of(`https://not${domain}`), undefined);
  }
});

test("findEnvironment finds the environment of a certificate", () => {
  const mastercard = "CN=Mastercard Sub CA, O=Mastercard";
  assertEquals(findEnvironment("CN=1-Client-MTF-000000", mastercard), "sandbox");
  assertEquals(findEnvironment("CN=MTF XBS, O=Acme", mastercard), "sandbox");
  assertEquals(findEnvironment("CN=acme, OU=Zapp MTF client", mastercard), "sandbox");
  assertEquals(findEnvironment("CN=acme, DC=mtf, DC=mastercard, DC=com", mastercard), "sandbox");
  assertEquals(findEnvironment("CN=acme, O=Mtfoo", mastercard), "production");
  assertEquals(findEnvironment("CN=acme", "CN=Some CA"), undefined);
});

test("isAcceptedIssuer finds the accepted CAs, in upper and lower case", () => {
  const names = [
    "MasterCard",
    "Buypass AS",
    "CPN Enterprise CA",
    "CPN RootCA",
    "DIGICERT INC",
    "GoDaddy.com",
    "The Go Daddy Group",
    "NETS AS",
    "The USERTRUST Network",
    "Verisign",
  ];
  for (const name of names) assert(isAcceptedIssuer(`CN=x, O=${name}`), name);
  assert(!isAcceptedIssuer("CN=Let's Encrypt"));
});
