/**
 * Other classes under the globals' names, by the variable CLASSES. `KIND=like` makes classes that
 * work as the runtime's do, as polyfills; `KIND=throwing` makes classes that always throw.
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
    const like = class extends original {};
    Object.defineProperty(like, "name", { value: name });
    return like;
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
      expect(`the global ${name} as it was`, globals[name] === original, false);
    }
  },
});
