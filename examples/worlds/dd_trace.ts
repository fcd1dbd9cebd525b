/** Datadog's tracer, which patches modules and `fetch` when it is loaded. It has no agent here. */
import process from "node:process";
import { expect, show } from "./world.ts";

const { fetch: original } = globalThis;
process.env.DD_INSTRUMENTATION_TELEMETRY_ENABLED = "false";

await show({
  async enter() {
    const { default: tracer } = await import("dd-trace");
    tracer.init({ startupLogs: false, flushInterval: 600_000 });
  },
  witness() {
    expect("the global fetch is the original", globalThis.fetch === original, false);
  },
});
