/**
 * Programs end by themselves, whatever they called and did not close.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import process from "node:process";
import { testExceptOn } from "../support/context.ts";
import { programArguments } from "../support/programs.ts";

testExceptOn(
  { workerd: "it starts no programs" },
  "a program that closes nothing ends after its last call",
  async () => {
    const child = spawn(process.execPath, programArguments("tests/fetch/end_call.ts"), {
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 60_000,
    });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    let output = "";
    for await (const text of child.stdout.setEncoding("utf8")) {
      output += text;
      if (text.endsWith("\n")) break;
    }
    const last = performance.now();
    const code = await ended;
    const seconds = (performance.now() - last) / 1000;
    assertEquals(JSON.parse(output), {
      mcFetch: "200",
      createMcFetch: "200",
      fromFiles: "200",
      agent: "200",
      proxy: "200",
      refused: "connection_failed",
      untrusted: "server_untrusted",
      aborted: "TimeoutError",
      "wrong passphrase": "wrong_passphrase",
    });
    assertEquals(code, 0);
    // An idle connection holds nothing, nor does the timer of a minute. 10 s is a tunnel's limit.
    assert(seconds < 8, `the program lived ${seconds.toFixed(1)} s after its last call`);
  },
);
