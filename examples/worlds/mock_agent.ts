/** undici's `MockAgent` as the global dispatcher, which blocks all other requests. */
import { MockAgent, setGlobalDispatcher } from "undici";
import { expect, show, URL_OF_WITNESS, URL_OF_WORLD } from "./world.ts";

await show({
  enter() {
    const agent = new MockAgent();
    agent.disableNetConnect();
    const { origin, pathname } = new URL(URL_OF_WORLD);
    agent.get(origin).intercept({ path: pathname }).reply(200, "mocked")
      .persist();
    setGlobalDispatcher(agent);
  },
  async witness() {
    expect("the answer to a plain fetch", await (await fetch(URL_OF_WORLD)).text(), "mocked");
    const refused = await fetch(URL_OF_WITNESS).then(() => "nothing", ({ cause }) => cause?.name);
    expect("the error of a plain fetch", refused, "MockNotMatchedError");
  },
});
