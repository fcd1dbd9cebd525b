/** A real polyfill that replaces the globals although they are there: web-streams-polyfill. */
import { expect, show } from "./world.ts";

const { ReadableStream: original } = globalThis;

await show({
  enter: () => import("web-streams-polyfill/polyfill"),
  witness() {
    expect("the global ReadableStream as it was", globalThis.ReadableStream === original, false);
  },
});
