/** undici's `install()`, which replaces `fetch` and its classes in Node by newer ones. */
import { install, Response } from "undici";
import { expect, show, URL_OF_WITNESS } from "./world.ts";

await show({
  enter() {
    install();
  },
  async witness() {
    const response: unknown = await fetch(URL_OF_WITNESS);
    expect("a response of undici's", response instanceof Response, true);
  },
});
