/** web-streams-polyfill, a polyfill that replaces existing globals. */
import { expect, show } from "./world.ts";

const { ReadableStream: original } = globalThis;

await show({
  enter: () => import("web-streams-polyfill/polyfill"),
  witness() {
    expect(
      "the global ReadableStream is the original",
      globalThis.ReadableStream === original,
      false,
    );
  },
});
