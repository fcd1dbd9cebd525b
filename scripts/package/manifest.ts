/**
 * The `package.json` of the npm package, from `deno.json`. `package.json` of the project gives what
 * `deno.json` has no place for: the description and the license.
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "../runtimes.ts";
import { SPLIT } from "./split.ts";

/** Program that builds the npm package. */
export interface Builder {
  readonly name: string;
  /** The folder of the modules in the package. */
  readonly folder: string;
  build(): Promise<void>;
}

/** The part of `deno.json` that the package needs. */
interface DenoJson {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

/** The `package.json` of the npm package. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  /** The programs, by name. */
  readonly bin: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** The project's `deno.json`. */
export const DENO_JSON: DenoJson = JSON.parse(await readFile(join(ROOT, "deno.json"), "utf8"));

/** dnt on JSR. 0.43 is the first version with the option `polyfills`. */
export const DNT = "jsr:@deno/dnt@^0.43";

/** The entry of `deno.json` that becomes the program `mc-mtls`. */
const CLI = "./cli";

/** The entry of `deno.json` for tests of other programs. */
const SANDBOX = "./sandbox";

/** The oldest Node whose `require` loads an ES module. */
const ENGINES = { node: ">=20.19" };

const KEYWORDS = [
  "mtls",
  "client-certificate",
  "mastercard",
  "fetch",
  "tls",
  "pkcs12",
  "p12",
  "pfx",
  "csr",
  "deno",
  "bun",
  "cloudflare-workers",
];

/** Returns the path of a built file with another ending, from the package's folder. */
function builtPath(source: string, { folder }: Builder, ending: string): string {
  const prefix = folder === "." ? "./" : `./${folder}/`;
  return prefix + source.slice("./".length).replace(/\.ts$/, ending);
}

/**
 * Returns the field `repository`: of the project's `package.json`, or the one that a workflow of
 * GitHub runs for. npm compares it with the provenance.
 */
function nameRepository(project: { readonly repository?: unknown }): object {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: path } = process.env;
  if (project.repository !== undefined) return { repository: project.repository };
  if (server === undefined || path === undefined) return {};
  return { repository: { type: "git", url: `git+${server}/${path}.git` } };
}

/** Returns the npm packages that `deno.json` maps, with their ranges. */
function listDependencies(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const target of Object.values(DENO_JSON.imports)) {
    const { name, range } =
      /^npm:(?<name>@?[^@/]+(\/[^@/]+)?)@(?<range>[^/]+)$/.exec(target)?.groups ??
        {};
    if (name !== undefined && range !== undefined) found[name] = range;
  }
  return found;
}

/** Writes the `package.json` in the folder of the built package. */
export async function writeManifest(folder: string, builder: Builder): Promise<Manifest> {
  const project = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const { name, version, exports: { ".": library, [CLI]: cli, [SANDBOX]: sandbox } } = DENO_JSON;
  if (library === undefined || cli === undefined || sandbox === undefined) {
    throw new Error(`deno.json must have the exports ".", "${CLI}" and "${SANDBOX}"`);
  }
  const types = builtPath(library, builder, ".d.ts");
  const main = builtPath(library, builder, ".js");
  const program = builtPath(cli, builder, ".js");
  const imports = Object.fromEntries(
    SPLIT.map(({ specifier, source, standIn }) => {
      const instead = builtPath(standIn, builder, ".js");
      // Node comes before the others: Electron's bundles have the conditions of both.
      return [specifier, {
        workerd: instead,
        node: builtPath(source, builder, ".js"),
        browser: instead,
        default: builtPath(source, builder, ".js"),
      }];
    }),
  );
  const manifest: Manifest = {
    name,
    version,
    description: project.description,
    keywords: KEYWORDS,
    license: project.license,
    ...nameRepository(project),
    type: "module",
    // Resolvers that do not read `exports` read `main` and `types`.
    main,
    types,
    exports: {
      ".": { types, default: main },
      [SANDBOX]: {
        types: builtPath(sandbox, builder, ".d.ts"),
        default: builtPath(sandbox, builder, ".js"),
      },
    },
    imports,
    bin: { [name.split("/").at(-1)!]: program },
    sideEffects: [program],
    engines: ENGINES,
    dependencies: listDependencies(),
  };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}
