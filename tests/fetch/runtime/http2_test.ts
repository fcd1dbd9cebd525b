import { assertEquals, assertStringIncludes } from "@std/assert";
import { createMcFetch } from "../../../mod.ts";
import { runtime, sandboxCredentials, server, testExceptOn } from "../../support/context.ts";

testExceptOn(
  { workerd: "its bindings lead to the sandbox alone" },
  "a server that prefers HTTP/2 is spoken to in HTTP/1.1, with the certificate",
  async () => {
    await using fetch = createMcFetch(sandboxCredentials());
    const answers = [];
    for (let call = 0; call < 5; call++) {
      answers.push(await (await fetch(server.http2Origin)).json());
    }
    for (const { httpVersion, commonName } of answers) {
      assertEquals(httpVersion, "1.1");
      assertStringIncludes(commonName, "-Client-MTF-");
    }
    if (runtime === "deno") assertEquals(answers.at(-1).connections, answers[0].connections);
  },
);
