/**
 * MSW 2. Its handler for the server's URL is none, a mock or a pass-through, by the variable HANDLER.
 * On Node a mock does not see this library's requests.
 */
import { http, HttpResponse, passthrough } from "msw";
import { setupServer } from "msw/node";
import process from "node:process";
import { expect, show, URL_OF_WITNESS, URL_OF_WORLD } from "./world.ts";

let handled = 0;

/** Answers a request that MSW took, and counts it. */
function answerAs(kind: string): Response {
  handled++;
  return kind === "mock" ? HttpResponse.text("mocked") : passthrough();
}

await show({
  enter() {
    const { HANDLER = "none" } = process.env;
    const server = setupServer(http.all(URL_OF_WITNESS, () => answerAs("mock")));
    if (HANDLER !== "none") {
      server.use(http.all(URL_OF_WORLD, () => answerAs(HANDLER)));
    }
    server.listen({ onUnhandledRequest: "bypass" });
  },
  async witness() {
    const before = handled;
    expect("the answer to a plain fetch", await (await fetch(URL_OF_WITNESS)).text(), "mocked");
    expect("requests that MSW took", handled - before, 1);
  },
});
