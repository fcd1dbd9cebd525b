/** happy-dom's registrator, the environment of Vitest and others: it replaces `fetch` and its classes. */
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
    expect("the global fetch as it was", globalThis.fetch === original, false);
    expect("the global Request as it was", globalThis.Request === OriginalRequest, false);
  },
});
