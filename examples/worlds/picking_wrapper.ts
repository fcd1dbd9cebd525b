/** A wrapper that passes a URL and known members of `init`, and drops all others. */
import { expect, show, URL_OF_WITNESS } from "./world.ts";

let wrapped = 0;

await show({
  enter() {
    const original = globalThis.fetch;
    const wrapper = (input: string | URL | Request, init: RequestInit = {}) => {
      wrapped++;
      const { method = "GET", headers, body } = input instanceof Request ? input : init;
      const url = input instanceof Request ? input.url : input;
      const members = { method, headers, body, duplex: "half" };
      return original(url, members as RequestInit);
    };
    globalThis.fetch = Object.assign(wrapper, original);
  },
  async witness() {
    const before = wrapped;
    await (await fetch(URL_OF_WITNESS)).text();
    expect("the number of wrapped requests", wrapped - before, 1);
  },
});
