/**
 * MSW 2. The variable HANDLER chooses its handler for the server's URL: none, a mock, or a
 * pass-through. On Node, MSW does not see the requests of this library.
 */
import process from "node:process";
import { http, HttpResponse, passthrough } from "msw";
import { setupServer } from "msw/node";
import { expect, show, URL_OF_WITNESS, URL_OF_WORLD } from "./world.ts";

let handled = 0;

/** Answers a request at MSW, and counts it. */
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
    expect("the number of requests at MSW", handled - before, 1);
  },
});
