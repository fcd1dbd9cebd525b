/** A wrapper of two lines, as logging and retry code has it: it makes a new `Request`. */
import { expect, show, URL_OF_WITNESS } from "./world.ts";

let taken = 0;

await show({
  enter() {
    const original = globalThis.fetch;
    globalThis.fetch = Object.assign(
      (...args: ConstructorParameters<typeof Request>) => {
        taken++;
        return original(new Request(...args));
      },
      original,
    );
  },
  async witness() {
    const before = taken;
    await (await fetch(URL_OF_WITNESS)).text();
    expect("requests that the wrapper took", taken - before, 1);
  },
});
