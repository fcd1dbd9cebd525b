/** A wrapper of two lines, as logging and retry code has it: it makes a new `Request`. */
import { expect, show, URL_OF_WITNESS } from "./world.ts";

let taken = 0;

await show({
  enter() {
    const original = globalThis.fetch;
    const wrapper = (...args: ConstructorParameters<typeof Request>) => {
      taken++;
      return original(new Request(...args));
    };
    globalThis.fetch = Object.assign(wrapper, original);
  },
  async witness() {
    const before = taken;
    await (await fetch(URL_OF_WITNESS)).text();
    expect("requests that the wrapper took", taken - before, 1);
  },
});
