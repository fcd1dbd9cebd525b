/** A wrapper that takes a URL and known members of `init`, and drops all others. */
import { expect, show, URL_OF_WITNESS } from "./world.ts";

let taken = 0;

await show({
  enter() {
    const original = globalThis.fetch;
    const wrapper = (input: string | URL | Request, init: RequestInit = {}) => {
      taken++;
      const { method = "GET", headers, body } = input instanceof Request ? input : init;
      const url = input instanceof Request ? input.url : input;
      const members = { method, headers, body, duplex: "half" };
      return original(url, members as RequestInit);
    };
    globalThis.fetch = Object.assign(wrapper, original);
  },
  async witness() {
    const before = taken;
    await (await fetch(URL_OF_WITNESS)).text();
    expect("requests that the wrapper took", taken - before, 1);
  },
});
