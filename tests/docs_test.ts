/** Tests how the pages of `docs/` are read and compared: `scripts/docs`. */
import { assertEquals, assertThrows } from "@std/assert";
import { expectOutput, expectTexts, readPrinted } from "../scripts/docs/expect.ts";
import { readConsole, readFences } from "../scripts/docs/fences.ts";
import test from "node:test";

const PAGE = `# Page

\`\`\`js
// Node or Bun: client.mjs
console.log(1); // 1
\`\`\`

\`\`\`text
1
\`\`\`

1. In a list:

   <!--
   env: A=1
     B=2
   exit: 3
   -->

   \`\`\`sh
   false
   \`\`\`

<!-- not run: it is an example -->

\`\`\`yaml
a: 1
\`\`\`
`;

test("a page's fences have their files, runtimes, directives and outputs", () => {
  const [program, command, example, ...others] = readFences("page.md", PAGE);
  assertEquals(others.length, 0);
  assertEquals(program?.place, "page.md:3");
  assertEquals(program?.file, "client.mjs");
  assertEquals(program?.runtimes, ["Node", "Bun"]);
  assertEquals(program?.output, "1\n");
  assertEquals(command?.text, "false\n");
  assertEquals([...command?.directives ?? []], [["env", "A=1 B=2"], ["exit", "3"]]);
  assertEquals(example?.directives.get("not run"), "it is an example");
  const misspelled = PAGE.replace("not run:", "not ran:");
  assertThrows(() => readFences("page.md", misspelled), Error, "there is no directive not ran");
});

test("commands are lines after a dollar sign, with the output behind each", () => {
  assertEquals(readConsole("$ a \\\n  b\nout\n\nmore\n$ c\n"), [
    { command: "a \\\n  b", output: "out\n\nmore\n" },
    { command: "c", output: undefined },
  ]);
});

test("an output must be what the page shows, except where it has an ellipsis", () => {
  expectOutput("at 127.0.0.1\nend\n", "at …\nend\n");
  expectOutput("start\na\nb\nend\n", "start\n…\nend\n");
  expectOutput("start\nend", "start\n…\nend\n");
  assertThrows(() => expectOutput("start\nend\nmore\n", "start\nend\n"), Error, "more");
  assertThrows(() => expectOutput("start\n", "start\nend\n"), Error, "instead of");
  assertThrows(() => expectOutput("a\nb\nend\n", "…b\nend\n"), Error, "instead of");
  assertThrows(() => expectOutput("axb\n", "a.b\n"), Error, "instead of");
});

test("a program must print what its comments say, in this order", () => {
  const program =
    `console.log(a); // 1\n  .catch((e) => console.log(e)); // 2\nrun(); // not this\n`;
  assertEquals(readPrinted(program), ["1", "2"]);
  expectTexts("0\n1\n2\n", ["1", "2"]);
  assertThrows(() => expectTexts("2\n1\n", ["1", "2"]), Error, "without");
});
