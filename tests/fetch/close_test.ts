/**
 * `mcFetch.close()` is the end of `mcFetch` in its process, so a program of its own calls it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { execFile } from "node:child_process";
import process from "node:process";
import { runtime, testExceptOn } from "../support/context.ts";

const FLAGS = {
  node: ["--import", "tsx"],
  deno: ["run", "-A", "--no-check"],
  bun: [],
  workerd: [],
};

testExceptOn(
  { workerd: "it starts no programs" },
  "mcFetch.close() ends all connections after what is under way, and the process ends",
  async () => {
    const args = [...FLAGS[runtime], "tests/fetch/close_call.ts"];
    const output = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, args, { timeout: 20_000 }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${stdout}${stderr}`.slice(0, 2000), { cause: error }));
        else resolve(stdout);
      });
    });
    const { opened, finished, open, later } = JSON.parse(output);
    assert(opened >= 1, `${opened} connections were open`);
    assertEquals(finished, ["GET", "GET", "GET", "GET"]);
    if (runtime !== "bun") assertEquals(open, 0); // Bun keeps its connections itself
    assertEquals(later, ["closed", "closed", "GET", "closed"]);
  },
);
