/** The options of the functions that send: defaults and limits by number, and each message. */
import { assertEquals, assertThrows } from "@std/assert";
import test from "node:test";
import { McFetchError } from "../../lib/errors.ts";
import { checkOptions, DEFAULTS, RENEWAL_OPTIONS } from "../../lib/fetch/options.ts";
import { checkOrigin, readOrigins } from "../../lib/fetch/origins.ts";

const NAMES = [...RENEWAL_OPTIONS, "maxClients"] as const;

test("the defaults are those of the documentation", () => {
  const expected = {
    refresh: 60_000,
    onRefreshError: undefined,
    expiresSoon: undefined,
    expiresSoonDays: 30,
    maxClients: 64,
  };
  assertEquals(DEFAULTS, expected);
  assertEquals(checkOptions("act", {}, NAMES, false), expected);
  assertEquals(checkOptions("act", { refresh: undefined }, NAMES, true), expected);
  assertEquals(NAMES.toSorted(), [
    ...["expiresSoon", "expiresSoonDays", "maxClients", "onRefreshError", "refresh"],
  ] as typeof NAMES[number][]);
});

test("each option is accepted up to its bound, and kept", () => {
  const onRefreshError = () => {};
  const expiresSoon = () => {};
  for (
    const given of [
      { refresh: 0, maxClients: 1 },
      { refresh: 1.5, maxClients: Infinity },
      { expiresSoon, expiresSoonDays: 0 },
      { onRefreshError, expiresSoon, expiresSoonDays: 90 },
    ]
  ) {
    assertEquals(checkOptions("act", given, NAMES, true), { ...DEFAULTS, ...given });
  }
});

const WRONG: readonly (readonly [object, boolean, string])[] = [
  [{ refresh: -1 }, true, "refresh must be a number >= 0: got -1"],
  [{ refresh: NaN }, true, "refresh must be a number >= 0: got NaN"],
  [{ refresh: "1" }, true, "refresh must be a number >= 0: got string"],
  [{ maxClients: 0 }, false, "maxClients must be a number >= 1: got 0"],
  [{ maxClients: 0.5 }, false, "maxClients must be a number >= 1: got 0.5"],
  [{ maxClients: null }, false, "maxClients must be a number >= 1: got null"],
  [
    { expiresSoon: () => {}, expiresSoonDays: -1 },
    false,
    "expiresSoonDays must be a number >= 0: got -1",
  ],
  [{ expiresSoon: 30 }, false, "expiresSoon must be a function: got number"],
  [{ onRefreshError: "warn" }, true, "onRefreshError must be a function: got string"],
  [{ refresh: 1 }, false, "refresh has no effect on credentials that are not a function"],
  [
    { onRefreshError: () => {} },
    false,
    "onRefreshError has no effect on credentials that are not a function",
  ],
  [{ expiresSoonDays: 1 }, true, "expiresSoonDays has no effect without expiresSoon"],
  [{ refesh: 1 }, true, 'there is no option "refesh"; did you mean refresh?'],
];

test("each option that is wrong has its message", () => {
  for (const [options, isRenewed, problem] of WRONG) {
    const check = () => checkOptions("act", options, NAMES, isRenewed);
    const error = assertThrows(check, McFetchError);
    assertEquals([error.code, error.message], ["invalid_argument", `Cannot act: ${problem}`]);
  }
});

test("origins are compared as origins, and an empty list allows none", () => {
  const url = new URL("https://a.example/path?query");
  const allowed = [
    undefined,
    ["https://a.example"],
    ["https://a.example/"],
    ["https://A.EXAMPLE:443"],
    ["https://b.example", "https://a.example"],
  ];
  for (const origins of allowed) checkOrigin(url, readOrigins(origins));
  const cases: [string[], string][] = [
    [[], "no origin at all"],
    [["https://b.example"], "https://b.example"],
    [["https://a.example:444"], "https://a.example:444"],
    [["https://x.a.example", "https://example"], "https://x.a.example, https://example"],
  ];
  for (const [origins, names] of cases) {
    const error = assertThrows(() => checkOrigin(url, readOrigins(origins)), McFetchError);
    assertEquals(error.code, "origin_not_allowed");
    assertEquals(
      error.message.includes(`Cannot send the request to https://a.example: `) &&
        error.message.includes(names),
      true,
      error.message,
    );
  }
  const none = [
    ...["http://a.example", "a.example", "https://a.example/p", "https://a.example?"],
    ...["https://u@a.example", "https://:p@a.example", "https://a.example#", "", "undefined"],
  ];
  for (const text of none) {
    const error = assertThrows(() => readOrigins([text]), McFetchError);
    assertEquals(
      error.message,
      "Cannot use the credentials: origins holds what is not an https: origin; " +
        "write it as in https://services.mastercard.com",
      text,
    );
  }
});
