/**
 * `mcFetch.close()` is the end of `mcFetch` in its process, so a program of its own calls it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { runtime, testExceptOn } from "../support/context.ts";
import { programArguments, runProgram } from "../support/programs.ts";

testExceptOn(
  { workerd: "it starts no programs" },
  "mcFetch.close() ends all connections after what is under way, and the process ends",
  async () => {
    const output = await runProgram(programArguments("tests/fetch/close_call.ts"));
    const { opened, finished, open, later } = JSON.parse(output);
    assert(opened >= 1, `${opened} connections were open`);
    assertEquals(finished, ["GET", "GET", "GET", "GET"]);
    if (runtime !== "bun") assertEquals(open, 0); // Bun keeps its connections itself
    assertEquals(later, ["closed", "closed", "GET", "closed"]);
  },
);
