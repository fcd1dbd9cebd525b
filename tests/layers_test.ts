/** The layers of `lib`: who imports whom, from the module graph that Deno makes, types included. */
import { assertEquals } from "@std/assert";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { runtime, testExceptOn } from "./support/context.ts";

const ROOT = runtime === "workerd" ? "" : fileURLToPath(new URL("..", import.meta.url));

/** From the top down. A file imports from its own layer or from one further down. */
const LAYERS = [
  ".",
  "lib/cli",
  "lib/sandbox",
  "lib/fetch",
  "lib/fetch/runtime",
  "lib/certificates",
  "lib/mastercard",
  "lib/identity",
  "lib/pkcs12",
  "lib/keys",
  "lib/encryption",
  "lib/asn1",
  "lib/crypto",
  "lib",
];

/** Each file of the project to the files that it imports. */
type Graph = ReadonlyMap<string, readonly string[]>;

/** The part of `deno info --json` that is used here. */
interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

function readGraph(...entries: string[]): Graph {
  const graph = new Map<string, string[]>();
  const pathOf = (specifier = "") =>
    specifier.startsWith("file:") ? [relative(ROOT, fileURLToPath(specifier))] : [];
  for (const entry of entries) {
    const deno = join(ROOT, "node_modules", ".bin", "deno");
    const json = execFileSync(deno, ["info", "--json", entry], { cwd: ROOT, encoding: "utf8" });
    for (const { specifier, dependencies = [] } of (JSON.parse(json) as Info).modules) {
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

/** The files that import themselves by way of others. */
function findCircles(graph: Graph): string[] {
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

/** The graph by folders, as CONTRIBUTING.md shows it. */
function describe(graph: Graph): string {
  const nameOf = (path: string) => path === "lib/errors.ts" ? "errors.ts" : dirname(path).slice(4);
  const lines = LAYERS.slice(1, -1).map((layer) => {
    const imports = [...graph].filter(([from]) => dirname(from) === layer).flatMap(([, to]) => to);
    const below = LAYERS.filter((other) => imports.some((to) => dirname(to) === other))
      .filter((other) => other !== layer && other !== "lib").map((other) => other.slice(4));
    return `${nameOf(`${layer}/x`).padEnd(14)}-> ${below.join(", ") || "(nothing)"}`;
  });
  return lines.join("\n");
}

const ONCE = "the module graph is the same everywhere";
const EXCEPT = { deno: ONCE, bun: ONCE, workerd: ONCE };

testExceptOn(EXCEPT, "lib is layers: no import goes up, and none goes in a circle", () => {
  const graph = readGraph("mod.ts", "lib/cli/main.ts");
  assertEquals([...graph.keys()].filter((path) => layerOf(path) < 0), [], "in no layer");
  assertEquals(findUpwardImports(graph), []);
  assertEquals(findCircles(graph), []);
  const files = readdirSync(join(ROOT, "lib"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts")).map((name) => `lib/${name}`);
  assertEquals(files.filter((file) => !graph.has(file)), [], "nothing imports these files");

  const contributing = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const [, shown] = /<!-- layers -->\n+```text\n([^]*?)\n```/.exec(contributing) ?? [];
  assertEquals(shown, describe(graph), "CONTRIBUTING.md shows another graph");
});

testExceptOn(EXCEPT, "an upward import and a circle are found", () => {
  const graph: Graph = new Map([
    ["lib/asn1/reader.ts", ["lib/keys/pem.ts", "lib/errors.ts"]],
    ["lib/keys/pem.ts", ["lib/keys/x509.ts"]],
    ["lib/keys/x509.ts", ["lib/keys/pem.ts"]],
  ]);
  assertEquals(findUpwardImports(graph), ["lib/asn1/reader.ts -> lib/keys/pem.ts"]);
  assertEquals(findCircles(graph), ["lib/keys/pem.ts", "lib/keys/x509.ts"]);
});
