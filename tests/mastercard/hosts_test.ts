/** Tests the hosts, the naming rule and the CAs of Mastercard. */
import test from "node:test";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  findEnvironment,
  findMastercardHost,
  isAcceptedIssuer,
  MAX_COMMON_NAME,
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
  assert(longest.length <= MAX_COMMON_NAME);
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

test("both environments have hosts", () => {
  const of = (environment: string) =>
    MASTERCARD_HOSTS.filter((host) => host.environment === environment)
      .map(({ hostname }) => hostname);
  assertEquals([of("sandbox").length, of("production").length], [8, 7]);
  assertEquals(of("production").filter((host) => /^(mtf|sandbox)\./.test(host)), []);
  assertEquals(of("sandbox").filter((host) => !/^(mtf|sandbox)\./.test(host)), []);
  assertEquals(new Set(MASTERCARD_HOSTS.map(({ hostname }) => hostname)).size, 15);
});

test("findMastercardHost finds the environment of a URL", () => {
  const of = (url: string) => findMastercardHost(new URL(url));
  assertEquals(of("https://mtf.services.mastercard.com/a")?.environment, "sandbox");
  assertEquals(of("https://services.mastercard.com/a")?.environment, "production");
  assertEquals(of("https://new.api.mastercard.com")?.environment, undefined);
  assert(of("https://new.api.mastercard.com") !== undefined);
  assertEquals(of("https://notmastercard.com"), undefined);
  assertEquals(of("https://mastercard.com.example"), undefined);
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
  for (const name of ["DIGICERT INC", "Buypass AS", "The USERTRUST Network", "MasterCard"]) {
    assert(isAcceptedIssuer(`CN=x, O=${name}`), name);
  }
  assert(!isAcceptedIssuer("CN=Let's Encrypt"));
});
