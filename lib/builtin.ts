/**
 * The built-in modules of Node, Deno and Bun. They come from the process and not by `import`, so
 * that no bundle for Workers or browsers names them.
 *
 * @module
 */
import { McFetchError } from "./errors.ts";

/** The modules that are used. */
interface Builtins {
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:fs/promises": typeof import("node:fs/promises");
  readonly "node:http": typeof import("node:http");
  readonly "node:https": typeof import("node:https");
  readonly "node:net": typeof import("node:net");
  readonly "node:timers": typeof import("node:timers");
  readonly "node:tls": typeof import("node:tls");
  readonly "node:zlib": typeof import("node:zlib");
}

/** Returns a built-in module; `undefined` if the runtime has none of this name. */
export function findBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: Name): Builtins[Name] | undefined };
  };
  return process?.getBuiltinModule?.(name);
}

/**
 * Returns a built-in module that the runtime is known to have.
 *
 * @throws {McFetchError} `unsupported_runtime` if `globalThis.process` was replaced
 */
export function getBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  const found = findBuiltin(name);
  if (found !== undefined) return found;
  throw new McFetchError(
    "unsupported_runtime",
    `Cannot load ${name}: \`globalThis.process\` was replaced by one without getBuiltinModule; ` +
      "leave it as it is",
  );
}
