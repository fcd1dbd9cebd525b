/** Tests how the command line reads arguments, and lays out what it prints. */
import test from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { readArguments, UsageError } from "../../lib/cli/arguments.ts";

const OPTIONS = {
  output: { type: "string", short: "o" },
  header: { type: "string", short: "H", multiple: true },
  silent: { type: "boolean", short: "s" },
  include: { type: "boolean", short: "i" },
} as const;

const read = (...args: string[]) => readArguments(args, OPTIONS, ["URL"], { k: "never" });

test("options have the forms of curl", () => {
  for (
    const [args, values] of [
      [["-o", "a"], { output: "a" }],
      [["-oa"], { output: "a" }],
      [["-o="], { output: "=" }],
      [["--output", "a"], { output: "a" }],
      [["--output=a=b"], { output: "a=b" }],
      [["--output="], { output: "" }],
      [["--output", ""], { output: "" }],
      [["-o", "a", "-ob"], { output: "b" }],
      [["-si"], { silent: true, include: true }],
      [["-sio", "a"], { silent: true, include: true, output: "a" }],
      [["-sioa"], { silent: true, include: true, output: "a" }],
      [["-H", "a", "--header", "b"], { header: ["a", "b"] }],
      [["-o", "-"], { output: "-" }],
      [["-o", "--silent"], { output: "--silent" }],
    ] as const
  ) {
    assertEquals(read("x", ...args), { values, positionals: ["x"] });
  }
  assertEquals(read("--", "-s").positionals, ["-s"]);
  assertEquals(read("-").positionals, ["-"]);
});

test("wrong arguments are named, and their values are not shown", () => {
  for (
    const [args, message] of [
      [[], "Missing argument: URL"],
      [["a", "hunter2"], "Too many arguments: expected URL"],
      [["--outputt=hunter2"], "Unknown option: --outputt; did you mean --output?"],
      [["--ouptut", "hunter2"], "Unknown option: --ouptut; did you mean --output?"],
      [["--password=hunter2"], "Unknown option: --password"],
      [["-x", "hunter2"], "Unknown option: -x"],
      [["-xhunter2"], "Unknown option: -x"],
      [["-skhunter2"], "There is no option -k: never"],
      [["-o"], "-o needs a value after it"],
      [["--output"], "--output needs a value after it"],
      [["--silent=hunter2"], "--silent has no value; write it alone"],
      [["--__proto__"], "Unknown option: --__proto__"],
      [["--constructor=a"], "Unknown option: --constructor"],
    ] as const
  ) {
    const error = assertThrows(() => read(...args), UsageError);
    assertEquals(error.message, message);
    assert(!error.message.includes("hunter2"));
  }
});
