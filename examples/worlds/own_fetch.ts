/**
 * The global `fetch` is one of this library's, bound to the first caller. Before the library is
 * loaded, it comes from another copy of the library, as two dependencies may each bring one.
 */
import process from "node:process";
import { callers, expect, load, show, URL_OF_WORLD } from "./world.ts";

/** A second copy under another name, which `scripts/worlds.ts` puts there. */
const COPY = "mc-mtls-copy";

await show({
  async enter() {
    const isCopy = process.env.WHEN === "before";
    const { createMcFetch }: Awaited<ReturnType<typeof load>> = isCopy
      ? await import(COPY)
      : await load();
    const [first] = Object.values(callers);
    if (first === undefined) throw new Error("There is no caller");
    globalThis.fetch = Object.assign(createMcFetch(first), globalThis.fetch);
  },
  async witness() {
    const response = await fetch(URL_OF_WORLD);
    const [first] = Object.keys(callers);
    const subject = response.headers.get("x-client-certificate-subject");
    expect("the subject", subject, `CN=${first}`);
  },
});
