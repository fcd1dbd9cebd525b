/**
 * Headers that the built-in `fetch` of Node makes of `cache` and `referrer`.
 *
 * @module
 */
import type { RequestExtras } from "./client.ts";
import { native } from "./native.ts";

/** Referrer Policy, section 8.3, step 7: a longer referrer is cut to its origin. */
const MAX_REFERRER = 4096;

/** Adds the headers that are not there. */
export function addExtras(headers: Map<string, string>, extras: RequestExtras, url: URL): void {
  const { cache } = extras;
  // Fetch Standard, "HTTP-network-or-cache fetch", steps 14 to 16
  if (cache === "no-cache") setDefault(headers, "cache-control", "max-age=0");
  if (cache === "no-store" || cache === "reload") {
    setDefault(headers, "pragma", "no-cache");
    setDefault(headers, "cache-control", "no-cache");
  }
  const referer = findReferer(extras, url);
  if (referer !== undefined) headers.set("referer", referer);
}

/** Adds a header if it is not there. */
export function setDefault(headers: Map<string, string>, name: string, value: string): void {
  if (!headers.has(name)) headers.set(name, value);
}

/** Referrer Policy, section 8.3. The server is always an `https:` one, so nothing is downgraded. */
function findReferer({ referrer, referrerPolicy }: RequestExtras, url: URL): string | undefined {
  if (!referrer || referrer === "about:client") return undefined;
  const source = new native.URL(referrer);
  if (!/^https?:$/.test(source.protocol)) return undefined;
  source.username = source.password = source.hash = "";
  const origin = `${source.origin}/`;
  const whole = source.href.length > MAX_REFERRER ? origin : source.href;
  const isSameOrigin = source.origin === url.origin;
  switch (referrerPolicy) {
    case "no-referrer":
      return undefined;
    case "origin":
    case "strict-origin":
      return origin;
    case "same-origin":
      return isSameOrigin ? whole : undefined;
    case "no-referrer-when-downgrade":
    case "unsafe-url":
      return whole;
    default:
      return isSameOrigin ? whole : origin;
  }
}
