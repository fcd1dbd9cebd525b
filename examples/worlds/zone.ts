/** zone.js, which Angular loads: it replaces `Promise`, the timers and the listeners of events. */
import { expect, show } from "./world.ts";

const { Promise: original } = globalThis;

await show({
  async enter() {
    await import("zone.js/node" as string); // it has no types
  },
  witness() {
    expect("the global Promise is the original", globalThis.Promise === original, false);
  },
});
