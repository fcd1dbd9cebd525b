/** Tests the words, the width and the colours of what the command line prints. */
import { assert, assertEquals } from "@std/assert";
import { formatJson, formatSize, formatTime, oneLine, wrapLine } from "../../lib/cli/layout.ts";
import { describeError } from "../../lib/cli/words.ts";
import { McFetchError } from "../../lib/errors.ts";
import { NO_COMMANDS } from "../support/command_line.ts";
import { testExceptOn } from "../support/context.ts";

testExceptOn(NO_COMMANDS, "lines break at spaces, and stay in their column", () => {
  assertEquals(wrapLine("short", 20), "short");
  assertEquals(wrapLine("one two three four five", 12), "one two\nthree four\nfive");
  assertEquals(wrapLine("Key  one two three four", 14), "Key  one two\n     three\n     four");
  assertEquals(wrapLine("x".repeat(50), 20), "x".repeat(50));
  assertEquals(wrapLine("  --ca FILE  trust these", 20), "  --ca FILE  trust\n    these");
  for (const columns of [20, 40, 80]) {
    const line = "  --passphrase-file FILE  read the passphrase from FILE, or from standard input";
    for (const part of wrapLine(line, columns).split("\n")) assert(part.length <= columns, part);
  }
});

testExceptOn(NO_COMMANDS, "a text of others is one line without control characters", () => {
  const foreign = "a\x1b[2Jb\r\nOK\u2028all\u202e\u009b\u200f\tend";
  assertEquals(
    oneLine(foreign),
    "a\\u{1b}[2Jb\\u{d}\\u{a}OK\\u{2028}all\\u{202e}\\u{9b}\\u{200f}\\u{9}end",
  );
  assertEquals(oneLine("x".repeat(1_000_000)).length, 4096);
  const json = formatJson({ name: foreign });
  assertEquals(JSON.parse(json), { name: foreign });
  // deno-lint-ignore no-control-regex -- no control character is left
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200f\u2028\u202e]/.test(json), json);
});

testExceptOn(NO_COMMANDS, "times and sizes have one form", () => {
  assertEquals(formatTime(new Date("2027-01-31T12:00:00.5Z")), "2027-01-31 12:00:00 UTC");
  assertEquals(formatTime(new Date(NaN)), "(no valid time)");
  assertEquals([0, 1023, 1024, 1536].map(formatSize), ["0 B", "1023 B", "1.0 KiB", "1.5 KiB"]);
});

testExceptOn(NO_COMMANDS, "messages have the words of the command line, and show the cause", () => {
  const network = "error sending request for url (https://a.example): ";
  const cause = new Error("outer", { cause: new Error("ECONN\nRESET\x1b") });
  for (
    const [message, expected] of [
      [
        `${network}pass that CA's certificate as \`extraCa\``,
        "pass that CA's certificate with --ca FILE",
      ],
      [
        `${network}the runtime's own error, in \`cause\`, says why`,
        "outer: ECONN\\u{a}RESET\\u{1b}",
      ],
      ["Cannot use `extraCa`: it holds no certificate", "Cannot use --ca: it holds no"],
      ["Cannot create the request: keyType must be", "--key-type must be"],
      ["Cannot create the request: organization must be", ": --organization must be"],
      ["the length of organizationalUnit must be", "length of --organizational-unit must be"],
      [
        "Cannot use the credentials: proxy is not an http: or https: URL",
        ": --proxy is not an http",
      ],
    ] as const
  ) {
    const text = describeError(new McFetchError("connection_failed", message, { cause }));
    assert(text.includes(expected), text);
    assert(!/`(extraCa|cause|cert|pfx|proxy)`|error sending request/.test(text), text);
  }
  const long = describeError(new Error("x".repeat(1_000_000)));
  assert(long.length <= 2000);
});
