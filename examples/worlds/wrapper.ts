/** A short wrapper, as in logging and retry code: it makes a new `Request`. */
import { expect, show, URL_OF_WITNESS } from "./world.ts";

let wrapped = 0;

await show({
  enter() {
    const original = globalThis.fetch;
    const wrapper = (...args: ConstructorParameters<typeof Request>) => {
      wrapped++;
      return original(new Request(...args));
    };
    globalThis.fetch = Object.assign(wrapper, original);
  },
  async witness() {
    const before = wrapped;
    await (await fetch(URL_OF_WITNESS)).text();
    expect("the number of wrapped requests", wrapped - before, 1);
  },
});
