/**
 * Sending through an object of the caller's that presents the certificate itself.
 *
 * @module
 */
import { McFetchError } from "../errors.ts";
import type { Fetcher } from "../identity/credentials.ts";
import type { HopRequest, RequestExtras, Sender } from "./runtime/client.ts";
import { toInit } from "./runtime/init.ts";
import { native } from "./runtime/native.ts";

/** Makes a sender of a fetcher. */
export function wrapFetcher(fetcher: Fetcher): Sender {
  return {
    async send(request) {
      const response: unknown = await fetcher.fetch(toRequest(request));
      const { status, headers } = (response ?? {}) as Partial<Response>;
      if (typeof status === "number" && typeof headers?.get === "function") {
        return response as Response;
      }
      const message =
        "Cannot read the response: the fetcher returned something else than a Response";
      throw new McFetchError("invalid_response", message);
    },
  };
}

function toRequest({ url, extras, ...request }: HopRequest): Request {
  // Workers reject the members of `init` that they lack: all but this one.
  const isWorkers = globalThis.navigator?.userAgent === "Cloudflare-Workers";
  return new native.Request(
    url,
    toInit({ ...request, extras: isWorkers ? onlyCache(extras) : extras }),
  );
}

function onlyCache(extras: RequestExtras | undefined): RequestExtras | undefined {
  return extras?.cache === undefined ? undefined : { cache: extras.cache };
}
