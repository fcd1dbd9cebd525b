/** Frozen globals, as in hardened programs. Bun must load its own modules before. */
import "node:events";
import "node:tls";
import { expect, show } from "./world.ts";

const CLASSES = [
  [
    Request,
    Response,
    Headers,
    URL,
    URLSearchParams,
    AbortController,
    AbortSignal,
  ],
  [
    ReadableStream,
    Blob,
    FormData,
    Error,
    TypeError,
    Promise,
    Map,
    Set,
    WeakMap,
    RegExp,
    Date,
  ],
  [
    Uint8Array,
    ArrayBuffer,
    DataView,
    String,
    Number,
    Boolean,
    Symbol,
    Function,
    Array,
    Object,
  ],
].flat();

await show({
  enter() {
    for (const one of CLASSES) {
      Object.freeze(one.prototype);
      Object.freeze(one);
    }
    Object.freeze(globalThis.fetch);
    for (const name of ["fetch", "Request", "Response", "Headers", "AbortController", "URL"]) {
      const { [name]: value }: Record<string, unknown> = globalThis;
      Object.defineProperty(globalThis, name, {
        value,
        writable: false,
        configurable: false,
      });
    }
  },
  witness() {
    expect("Request's prototype frozen", Object.isFrozen(Request.prototype), true);
    expect("fetch writable", Reflect.set(globalThis, "fetch", null), false);
  },
});
