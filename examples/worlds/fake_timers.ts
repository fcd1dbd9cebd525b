/** The fake timers of sinon, which Jest and Vitest have, too. Nobody advances the clock. */
import FakeTimers from "@sinonjs/fake-timers";
import process from "node:process";
import { expect, show } from "./world.ts";

const { setTimeout: original } = globalThis;

await show({
  enter() {
    const names = process.env.TIMERS?.split(",") as FakeTimers.FakeMethod[] | undefined;
    FakeTimers.install({ now: Date.now(), ...names && { toFake: names } });
  },
  witness() {
    expect("the global setTimeout is the original", globalThis.setTimeout === original, false);
  },
});
