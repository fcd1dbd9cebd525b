/** nock, with the network forbidden to all that it sees. It patches as it is loaded. */
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
