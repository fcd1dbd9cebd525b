/** Tests that the manifests of npm and JSR agree. */
import { readFileSync } from "node:fs";
import { assertEquals } from "@std/assert";
import { VERSION } from "../lib/cli/version.ts";
import { testExceptOn } from "./support/context.ts";

const NO_FILES = { workerd: "it cannot read the project's folder" };

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Record<string, string>;
  readonly imports?: Record<string, string>;
}

function manifest(name: string): Manifest {
  return JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));
}

testExceptOn(NO_FILES, "deno.json and package.json agree", () => {
  const deno = manifest("deno.json");
  const npm = manifest("package.json");
  assertEquals([deno.name, deno.version, deno.license], [npm.name, npm.version, npm.license]);
  assertEquals(VERSION, deno.version, "lib/cli/version.ts");
  const imports = Object.entries(deno.imports ?? {}).filter(([name, specifier]) =>
    specifier.startsWith("npm:") && !name.endsWith("/")
  );
  assertEquals(
    Object.fromEntries(imports.map(([name, specifier]) => [name, specifier.split("@").at(-1)])),
    { ...npm.dependencies },
  );
});
