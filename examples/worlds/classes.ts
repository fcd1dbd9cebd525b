/**
 * Replaces the global classes that the variable CLASSES names. `KIND=like` makes classes that work
 * like the runtime's, as polyfills do. `KIND=throwing` makes classes that always throw.
 */
import process from "node:process";
import { expect, show } from "./world.ts";

type Class = new (...args: unknown[]) => object;

const globals = globalThis as unknown as Record<string, Class>;
const { CLASSES = "", KIND = "like" } = process.env;
const names = CLASSES.split(",");
const originals = new Map(names.map((name) => [name, globals[name]!]));

function replaceClass(name: string, original: Class): Class {
  if (KIND === "like") {
    const polyfill = class extends original {};
    Object.defineProperty(polyfill, "name", { value: name });
    return polyfill;
  }
  return class {
    constructor() {
      throw new Error(`This ${name} cannot be used`);
    }
  };
}

await show({
  enter() {
    for (const [name, original] of originals) {
      globals[name] = replaceClass(name, original);
    }
  },
  witness() {
    for (const [name, original] of originals) {
      expect(`the global ${name} is the original`, globals[name] === original, false);
    }
  },
});
