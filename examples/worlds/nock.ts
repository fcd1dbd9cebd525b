/** nock, which blocks all requests that it sees. It patches modules when it is loaded. */
import { expect, show, URL_OF_WITNESS } from "./world.ts";

await show({
  async enter() {
    const { default: nock } = await import("nock");
    const { origin, pathname } = new URL(URL_OF_WITNESS);
    nock(origin).persist().get(pathname).reply(200, "mocked");
    nock.disableNetConnect();
  },
  async witness() {
    expect("the answer to a plain fetch", await (await fetch(URL_OF_WITNESS)).text(), "mocked");
  },
});
