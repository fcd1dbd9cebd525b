/**
 * Builds the npm package with dnt, from JSR: `deno run -A scripts/package/dnt.ts FOLDER`. It writes
 * the modules in `esm/`; `scripts/build_npm.ts` writes the `package.json`.
 *
 * @module
 */
import process from "node:process";
import { DENO_JSON, DNT } from "./manifest.ts";

/** The part of dnt's options that is set here. */
interface DntOptions {
  readonly entryPoints: readonly (
    | string
    | { kind: "bin" | "export"; name: string; path: string }
  )[];
  readonly outDir: string;
  readonly shims: Record<string, never>;
  readonly polyfills: boolean;
  readonly scriptModule: false;
  readonly test: boolean;
  readonly typeCheck: "both";
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  readonly package: Readonly<Record<string, unknown>>;
}

// The specifier is a variable, since `tsc` cannot resolve it.
const specifier: string = DNT;
const { build } = await import(specifier) as { build(options: DntOptions): Promise<void> };

const [outDir] = process.argv.slice(2);
if (outDir === undefined) throw new Error("Cannot build the package: no folder was passed");
const { ".": library, "./cli": cli, "./sandbox": sandbox } = DENO_JSON.exports;
await build({
  entryPoints: [
    library!,
    { kind: "bin", name: "mc-mtls", path: cli! },
    { kind: "export", name: "./sandbox", path: sandbox! },
  ],
  outDir,
  shims: {},
  polyfills: false, // its `import.meta` cannot be loaded (dnt 0.43)
  scriptModule: false,
  test: false,
  typeCheck: "both",
  compilerOptions: {
    target: "ES2023",
    lib: ["ES2023", "ESNext.Disposable", "DOM", "DOM.Iterable"],
    noUncheckedIndexedAccess: true,
  },
  package: {
    name: DENO_JSON.name,
    version: DENO_JSON.version,
    type: "module",
    devDependencies: { "@types/node": "^20" },
  },
});
