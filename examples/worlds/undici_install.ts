/** undici's `install()`, which puts its newer `fetch` and classes in the place of Node's. */
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
