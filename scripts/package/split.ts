/**
 * Keeps undici and pkijs out of bundles for Workers and browsers, where nothing calls them. The
 * `imports` of `package.json` name a stand-in for those conditions. A program that calls
 * `createCsr` or `inspectCredentials` still gets pkijs.
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** An `import()` that a bundle for Workers or browsers does not follow. */
interface Split {
  /** The name in the `imports` of `package.json`. */
  readonly specifier: string;
  /** The file that has the `import()`. */
  readonly importer: string;
  /** The imported file. */
  readonly source: string;
  /** The file that Workers and browsers get. */
  readonly standIn: string;
  /** The code of that file. */
  readonly code: string;
}

/** The parts that need undici or pkijs. */
export const SPLIT: readonly Split[] = [
  {
    specifier: "#node",
    importer: "./lib/fetch/runtime/find.ts",
    source: "./lib/fetch/runtime/node.ts",
    standIn: "./lib/fetch/runtime/without_node.ts",
    code: `import { unsupportedRuntime } from "./client.js";
export function openNodeClient() {
  throw unsupportedRuntime(
    "the part for Node was left out, since a bundler or test runner resolved this package with " +
      "the condition \`browser\` or \`workerd\`; use the condition \`node\`, or pass { fetcher }",
  );
}
`,
  },
  {
    specifier: "#diagnosis",
    importer: "./lib/fetch/failures.ts",
    source: "./lib/certificates/details.ts",
    standIn: "./lib/fetch/without_diagnosis.ts",
    // The failure is reported without advice about the certificate.
    code: `export function describeCertificate() {
  throw new Error("there is no diagnosis in a bundle for Workers or browsers");
}
export const publicKeyKind = describeCertificate;
`,
  },
  {
    specifier: "#closer-look",
    importer: "./lib/fetch/failures.ts",
    source: "./lib/fetch/closer_look.ts",
    standIn: "./lib/fetch/without_closer_look.ts",
    // It looks at the connections of key files, which Workers do not have.
    code: `export function lookCloser(failure) {
  return failure;
}
`,
  },
];

/** Rewrites the imports in the built modules, and writes the stand-ins. */
export async function splitBundles(folder: string): Promise<void> {
  for (const { specifier, importer, source, standIn, code } of SPLIT) {
    const path = join(folder, toJs(importer));
    const built = await readFile(path, "utf8");
    const name = toJs(source).split("/").at(-1)!;
    const parts = built.split(new RegExp(`import\\("[./\\w]*/${name.replace(".", "\\.")}"\\)`));
    if (parts.length !== 2) {
      throw new Error(`${importer} must have one import() of ${name}; it has ${parts.length - 1}`);
    }
    await writeFile(path, parts.join(`import("${specifier}")`));
    await writeFile(join(folder, toJs(standIn)), code);
  }
}

function toJs(path: string): string {
  return path.replace(/\.ts$/, ".js");
}
