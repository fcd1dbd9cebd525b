/**
 * The forms of `NO_PROXY`, by the rules of each runtime. `proxy_choice_test.ts` compares a part of
 * them with the runtime's own `fetch`.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import process from "node:process";
import { isExempt } from "../../../lib/fetch/runtime/no_proxy.ts";
import { runtime, testExceptOn } from "../../support/context.ts";

const WORKERD = { workerd: "a binding connects by itself" };

/** Node 22 exempts the hosts below an entry only if the entry begins with a dot or an asterisk. */
const isStrict = runtime === "node" && process.version.startsWith("v22.");

/** What an entry exempts: on all runtimes, or by the runtime's name. */
type Outcome = boolean | Readonly<Record<"node" | "deno" | "bun", boolean>>;

const NOT_DENO: Outcome = { node: true, deno: false, bun: true };
const BELOW: Outcome = { node: !isStrict, deno: true, bun: true };

const CASES: readonly (readonly [string, string, Outcome])[] = [
  // The host itself
  ["api.example.com", "api.example.com", true],
  ["API.EXAMPLE.COM", "api.example.com", { node: true, deno: false, bun: true }],
  ["other.example.com", "api.example.com", false],
  ["api.example", "api.example.com", false],
  // A suffix counts only after a dot
  ["example.com", "api.example.com", BELOW],
  ["ample.com", "api.example.com", false],
  ["card.com", "mastercard.com", false],
  ["mastercard.com", "notmastercard.com", false],
  ["com", "api.example.com", BELOW],
  // A leading dot or asterisk
  [".example.com", "api.example.com", true],
  [".example.com", "example.com", { node: !isStrict, deno: true, bun: true }],
  [".ample.com", "api.example.com", false],
  ["*.example.com", "api.example.com", NOT_DENO],
  ["*.ample.com", "api.example.com", false],
  ["*", "api.example.com", true],
  ["**", "api.example.com", false],
  [".", "api.example.com", false],
  // A port
  ["api.example.com:443", "api.example.com", NOT_DENO],
  ["api.example.com:444", "api.example.com", false],
  ["api.example.com:8443", "api.example.com:8443", NOT_DENO],
  ["api.example.com:443", "api.example.com:8443", false],
  ["api.example.com", "api.example.com:8443", true],
  ["example.com:444", "api.example.com", false],
  // Lists: commas, blanks, empty entries
  ["a.example,api.example.com", "api.example.com", true],
  ["a.example, api.example.com", "api.example.com", true],
  [" api.example.com ", "api.example.com", true],
  [",,api.example.com,", "api.example.com", true],
  ["a.example api.example.com", "api.example.com", NOT_DENO],
  ["a.example\tapi.example.com", "api.example.com", NOT_DENO],
  ["a.example,b.example", "api.example.com", false],
  ["", "api.example.com", false],
  [" , ", "api.example.com", false],
  ["", "api.example.com.", false],
  ["a.example,", "api.example.com.", false],
  // Addresses
  ["127.0.0.1", "127.0.0.1", true],
  ["127.0.0.2", "127.0.0.1", false],
  ["0.0.1", "127.0.0.1", { node: !isStrict, deno: false, bun: true }],
  ["127.0.0.0/8", "127.1.2.3", { node: false, deno: true, bun: true }],
  ["127.0.0.0/8", "128.0.0.1", false],
  ["10.0.0.0/31", "10.0.0.1", { node: false, deno: true, bun: true }],
  ["10.0.0.0/31", "10.0.0.2", false],
  ["10.0.0.0/33", "10.0.0.0", false],
  ["0.0.0.0/0", "10.0.0.0", { node: false, deno: true, bun: true }],
  ["::1", "[::1]", true],
  ["[::1]", "[::1]", NOT_DENO],
  ["[::1]:443", "[::1]", NOT_DENO],
  ["[::1]:444", "[::1]", false],
  ["::2", "[::1]", false],
];

testExceptOn(WORKERD, "NO_PROXY: each form of an entry exempts what it should", () => {
  const found = CASES.map(([list, host]) => {
    const url = new URL(`https://${host}/`);
    return [list, host, isExempt(url, (name) => name === "NO_PROXY" ? list : undefined)];
  });
  const expected = CASES.map(([list, host, outcome]) => [
    ...[list, host, typeof outcome === "boolean" ? outcome : outcome[runtime as "node"]],
  ]);
  assertEquals(found, expected);
});

testExceptOn(WORKERD, "NO_PROXY: upper and lower case, by the runtime's precedence", () => {
  const url = new URL("https://a.example/");
  const read = (variables: Record<string, string>) =>
    isExempt(url, (name) => variables[name]) ? 1 : 0;
  assertEquals(read({}), 0);
  assertEquals([read({ NO_PROXY: "a.example" }), read({ no_proxy: "a.example" })], [1, 1]);
  const isUpper = runtime === "deno";
  assertEquals(read({ NO_PROXY: "a.example", no_proxy: "b.example" }), isUpper ? 1 : 0);
  assertEquals(read({ NO_PROXY: "b.example", no_proxy: "a.example" }), isUpper ? 0 : 1);
  // An empty one counts on Deno and Node.
  assertEquals(read({ NO_PROXY: "", no_proxy: "a.example" }), isUpper ? 0 : 1);
  assertEquals(read({ NO_PROXY: "a.example", no_proxy: "" }), runtime === "node" ? 0 : 1);
});
