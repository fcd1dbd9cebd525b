/**
 * The global `fetch` comes from this library's `createMcFetch`, with the first caller's
 * certificate. If `WHEN` is `before`, it comes from a second copy of the library, as in two
 * dependencies.
 */
import process from "node:process";
import { callers, expect, load, show, URL_OF_WORLD } from "./world.ts";

/** The name of the second copy. `scripts/worlds.ts` installs it. */
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
