/** Tests the layers of `lib` with Deno's module graph: no import goes up, also of types. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { exceptOnWindows, runtime, testExceptOn } from "./support/context.ts";

const ROOT = runtime === "workerd" ? "" : fileURLToPath(new URL("..", import.meta.url));

/** The layers from the top down. A file imports only from its own layer or a lower one. */
const LAYERS = [
  ".",
  "lib/cli",
  "lib/sandbox",
  "lib/fetch",
  "lib/fetch/runtime",
  "lib/tls",
  "lib/certificates",
  "lib/mastercard",
  "lib/sources",
  "lib/identity",
  "lib/pkcs12",
  "lib/jks",
  "lib/keys",
  "lib/encryption",
  "lib/asn1",
  "lib/crypto",
  "lib",
];

/** Imports of each file. */
type Graph = ReadonlyMap<string, readonly string[]>;

/** Used part of a module in `deno info --json`. */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

function readModules(entry: string): readonly Module[] {
  const deno = join(ROOT, "node_modules", ".bin", "deno");
  const json = execFileSync(deno, ["info", "--json", entry], { cwd: ROOT, encoding: "utf8" });
  return (JSON.parse(json) as { readonly modules: readonly Module[] }).modules;
}

function readGraph(...entries: string[]): Graph {
  const graph = new Map<string, string[]>();
  const pathOf = (specifier = "") =>
    specifier.startsWith("file:") ? [relative(ROOT, fileURLToPath(specifier))] : [];
  for (const entry of entries) {
    for (const { specifier, dependencies = [] } of readModules(entry)) {
      const imports = dependencies.flatMap(({ code, type }) => [
        ...pathOf(code?.specifier),
        ...pathOf(type?.specifier),
      ]);
      const own = (path: string) => path === "mod.ts" || path.startsWith("lib/");
      for (const path of pathOf(specifier).filter(own)) graph.set(path, imports.filter(own));
    }
  }
  return graph;
}

function layerOf(path: string): number {
  return LAYERS.indexOf(dirname(path));
}

function findUpwardImports(graph: Graph): string[] {
  return [...graph].flatMap(([from, imports]) =>
    imports.filter((to) => layerOf(to) < layerOf(from)).map((to) => `${from} -> ${to}`)
  );
}

/** Returns the files that import themselves through others. */
function findCycles(graph: Graph): string[] {
  return [...graph.keys()].filter((start) => {
    const seen = new Set<string>();
    const queue = [...graph.get(start) ?? []];
    for (const path of queue) {
      if (seen.has(path)) continue;
      seen.add(path);
      queue.push(...graph.get(path) ?? []);
    }
    return seen.has(start);
  });
}

/** Formats the graph of the folders as CONTRIBUTING.md shows it. */
function formatLayers(graph: Graph): string {
  const nameOf = (path: string) => path === "lib/errors.ts" ? "errors.ts" : dirname(path).slice(4);
  const lines = LAYERS.slice(1, -1).map((layer) => {
    const imports = [...graph].filter(([from]) => dirname(from) === layer).flatMap(([, to]) => to);
    const below = LAYERS.filter((other) => imports.some((to) => dirname(to) === other))
      .filter((other) => other !== layer && other !== "lib").map((other) => other.slice(4));
    return `${nameOf(`${layer}/x`).padEnd(14)}-> ${below.join(", ") || "(nothing)"}`;
  });
  return lines.join("\n");
}

const ONCE = "the module graph is the same on every runtime and system";
const EXCEPT = { deno: ONCE, bun: ONCE, workerd: ONCE, ...exceptOnWindows(ONCE) };

testExceptOn(EXCEPT, "no import of lib goes up a layer or in a cycle", () => {
  const graph = readGraph("mod.ts", "lib/cli/main.ts", "lib/sandbox/mod.ts");
  assertEquals([...graph.keys()].filter((path) => layerOf(path) < 0), [], "in no layer");
  assertEquals(findUpwardImports(graph), []);
  assertEquals(findCycles(graph), []);
  const files = readdirSync(join(ROOT, "lib"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts")).map((name) => `lib/${name}`);
  assertEquals(files.filter((file) => !graph.has(file)), [], "no file imports these");

  const contributing = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const [, shown] = /<!-- layers -->\n+```text\n([^]*?)\n```/.exec(contributing) ?? [];
  assertEquals(shown, formatLayers(graph), "CONTRIBUTING.md shows another graph");
});

/** Returns the imports of `node:` modules, except those of types, as "file -> module". */
function findNodeImports(modules: readonly Module[]): string[] {
  return modules.filter(({ specifier }) => specifier.startsWith("file:"))
    .flatMap(({ specifier, dependencies = [] }) =>
      dependencies.map(({ code }) => code?.specifier ?? "").filter((to) => to.startsWith("node:"))
        .map((to) => `${basename(specifier)} -> ${to}`)
    );
}

testExceptOn(
  EXCEPT,
  "mod.ts loads no node: module, which bundles for browsers cannot resolve",
  () => {
    const modules = readModules("mod.ts");
    assertEquals(findNodeImports(modules), [], "lib/builtin.ts has them from the process");
    assert(modules.length > 100, "not all modules were read");
    assert(findNodeImports(readModules("lib/cli/main.ts")).length > 0, "the graph names none");
  },
);

testExceptOn(EXCEPT, "upward imports and cycles are found", () => {
  const graph: Graph = new Map([
    ["lib/asn1/reader.ts", ["lib/keys/pem.ts", "lib/errors.ts"]],
    ["lib/keys/pem.ts", ["lib/keys/x509.ts"]],
    ["lib/keys/x509.ts", ["lib/keys/pem.ts"]],
  ]);
  assertEquals(findUpwardImports(graph), ["lib/asn1/reader.ts -> lib/keys/pem.ts"]);
  assertEquals(findCycles(graph), ["lib/keys/pem.ts", "lib/keys/x509.ts"]);
});
