/**
 * A program is not alone in its process: globals are replaced before or after this module is
 * loaded, and the environment asks for no verification. No request goes out without its
 * certificate.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import process from "node:process";
import { countConnections, runtime, testExceptOn } from "../support/context.ts";
import { programArguments, runProgram } from "../support/programs.ts";

const PROGRAMS = { workerd: "it starts no programs" };

/** What `globals_call.ts` prints. */
interface Told {
  readonly outcomes: readonly string[];
  /** How often the replacement of `fetch` was called. */
  readonly calls: number;
}

async function callFromProgram(
  what: string,
  moment: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Told> {
  const args = [...programArguments("tests/fetch/globals_call.ts"), what, moment];
  // A function that calls itself for ever would take all memory before the time is up.
  const options = { env: { ...process.env, ...env }, timeout: 20_000 };
  return JSON.parse(await runProgram(args, options));
}

/** An answer with the certificate. A pet without a name is refused with 400 after that. */
const CERTIFIED = ["200", "201", "400"];

const WRAPPERS = [
  ...["new Request of both", "input only", "URL and some members"],
  ...["clone", "another answer", "rejects"],
];
for (const what of WRAPPERS) {
  testExceptOn(PROGRAMS, `fetch replaced before the module is loaded: ${what}`, async () => {
    const { outcomes, calls } = await callFromProgram(what, "before");
    assertEquals(outcomes.length, 3);
    for (const outcome of outcomes) {
      const isOurs = runtime === "node" || what !== "another answer";
      assert(outcome === "unsupported_runtime" || (isOurs && CERTIFIED.includes(outcome)), outcome);
    }
    // Node needs no fetch.
    if (runtime === "node") assertEquals([calls, outcomes.includes("200")], [0, true]);
  });

  testExceptOn(PROGRAMS, `fetch replaced after the module is loaded: ${what}`, async () => {
    const { outcomes, calls } = await callFromProgram(what, "after");
    assertEquals([outcomes.every((outcome) => CERTIFIED.includes(outcome)), calls], [true, 0]);
  });
}

testExceptOn(PROGRAMS, "classes replaced after the module is loaded", async () => {
  const { outcomes } = await callFromProgram("classes", "after");
  assert(outcomes.every((outcome) => CERTIFIED.includes(outcome)), outcomes.join());
});

for (const moment of ["before", "after"]) {
  testExceptOn(PROGRAMS, `Promise replaced ${moment} the module is loaded`, async () => {
    const { outcomes } = await callFromProgram("Promise", moment);
    assertEquals([...outcomes].sort(), ["200", "200", "201"]);
  });
}

testExceptOn(PROGRAMS, "a bound fetch as the global does not call itself", async () => {
  const { outcomes } = await callFromProgram("itself", "after");
  assertEquals([...outcomes].sort(), ["200", "200", "200", "201", "a timer"]);
});

for (const moment of ["before", "after"]) {
  testExceptOn(
    PROGRAMS,
    `NODE_TLS_REJECT_UNAUTHORIZED=0, set ${moment} the load, turns nothing off`,
    async () => {
      const before = await countConnections();
      const env = moment === "before" ? { NODE_TLS_REJECT_UNAUTHORIZED: "0" } : {};
      const { outcomes } = await callFromProgram("insecure environment", moment, env);
      assertEquals(outcomes, ["server_untrusted", "server_untrusted", "server_untrusted"]);
      const after = await countConnections();
      // The handshake ended before the certificate was presented.
      assertEquals([after.main.tls, after.other.tls], [before.main.tls, before.other.tls]);
    },
  );
}

const ONLY_NODE = { deno: "needs no undici", bun: "needs no undici", ...PROGRAMS };
testExceptOn(ONLY_NODE, "undici that cannot be loaded is unsupported_runtime", async () => {
  const { outcomes } = await callFromProgram("no undici", "before");
  assertEquals([...new Set(outcomes)], ["unsupported_runtime"]);
});
