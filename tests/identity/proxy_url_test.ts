/** The URL of a proxy, and the name and password in it. */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { parseProxy } from "../../lib/identity/proxy_url.ts";

test("a proxy's name and password leave its URL", () => {
  const proxies = {
    "http://p:1": undefined,
    "http://user:secret@p:1": ["user", "secret"],
    "http://user@p:1": ["user", ""],
    "http://:secret@p:1": ["", "secret"],
    "http://us%20er:s%40@p:1": ["us er", "s@"],
  };
  for (const [proxy, expected] of Object.entries(proxies)) {
    const { url, basicAuth } = parseProxy(proxy);
    assertEquals(url.href, "http://p:1/", proxy);
    assertEquals(basicAuth && [basicAuth.username, basicAuth.password], expected, proxy);
  }
});
