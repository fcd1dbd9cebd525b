/** node-fetch as the global `fetch`, with its classes, as in its README. */
import fetch, { Headers, Request, Response } from "node-fetch";
import { expect, show, URL_OF_WITNESS } from "./world.ts";

await show({
  enter() {
    Object.assign(globalThis, { fetch, Headers, Request, Response });
  },
  async witness() {
    const response: unknown = await globalThis.fetch(URL_OF_WITNESS);
    expect("a response of node-fetch's", response instanceof Response, true);
  },
});
