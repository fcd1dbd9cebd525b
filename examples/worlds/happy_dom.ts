/** happy-dom's registrator, as in Vitest: it replaces `fetch` and its classes. */
import { GlobalRegistrator } from "@happy-dom/global-registrator";
import { expect, show } from "./world.ts";

const { fetch: original, Request: OriginalRequest } = globalThis;

await show({
  enter() {
    GlobalRegistrator.register({
      settings: { fetch: { disableSameOriginPolicy: true } },
    });
  },
  witness() {
    expect("the global fetch is the original", globalThis.fetch === original, false);
    expect("the global Request is the original", globalThis.Request === OriginalRequest, false);
  },
});
