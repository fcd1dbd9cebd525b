/** Jest's jsdom with the globals of Node that it hides. */
const { TestEnvironment } = require("jest-environment-jsdom");

const NAMES = [
  ...["fetch", "Request", "Response", "Headers", "FormData", "Blob", "ReadableStream"],
  ...["URL", "URLSearchParams", "AbortController", "AbortSignal", "MessageChannel", "MessagePort"],
  ...["setTimeout", "clearTimeout", "setInterval", "clearInterval"],
  ...["setImmediate", "clearImmediate", "queueMicrotask"],
  ...["TextEncoder", "TextDecoder", "Uint8Array", "ArrayBuffer", "crypto", "structuredClone"],
];

module.exports = class extends TestEnvironment {
  constructor(...options) {
    super(...options);
    for (const name of NAMES) {
      const value = globalThis[name];
      Object.defineProperty(this.global, name, { value, configurable: true, writable: true });
    }
  }
};
