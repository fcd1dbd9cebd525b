/**
 * The types of the package: `tsc` under each way of resolving modules, publint, and
 * are-the-types-wrong.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { show, skip } from "../show.ts";
import { type Consumer, type Consumers, TOOLS } from "./consumer.ts";

const PROGRAM = `import {
  createMcFetch, type FetcherCredentials, inspectCredentials, type McFetch, mcFetch, McFetchError,
  readPkcs12,
} from "@acme/mc-mtls";

const pfx = new Uint8Array();
const api: McFetch = createMcFetch({ pfx, passphrase: "" });
export const used: Promise<Response> = api("https://example.com/");
export const answer: Promise<Response> = mcFetch(new URL("https://example.com/"), {
  method: "POST",
  body: "{}",
}, { cert: "", key: "", extraCa: [""] });
export const daysLeft: number = (await inspectCredentials({ cert: "", key: "" })).daysLeft;
export const { identities } = await readPkcs12(pfx, { passphrase: "" });
export function isExpired(error: unknown): boolean {
  return error instanceof McFetchError && error.code === "certificate_expired";
}
export function callBound(fetcher: FetcherCredentials["fetcher"]): Promise<Response> {
  return mcFetch("https://example.com/", undefined, { fetcher });
}
// @ts-expect-error a key without its certificate
export const incomplete = mcFetch("https://example.com/", undefined, { key: "" });
`;

/** The compiler options of each resolution. */
const RESOLUTIONS = {
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
  node10: { module: "esnext", moduleResolution: "node10" },
};

/** Compilers, by their name in the table, and the packages that hold them. */
const COMPILERS = { "TypeScript 7": "typescript", "TypeScript 5.9": "typescript-5" };

/** Checks the package's types. */
export async function showTypes({ tarball }: Consumers, consumer: Consumer): Promise<void> {
  await writeFile(join(consumer.folder, "types.mts"), PROGRAM);
  for (const [compiler, name] of Object.entries(COMPILERS)) {
    for (const [resolution, options] of Object.entries(RESOLUTIONS)) {
      const label = `${compiler}, ${resolution}`;
      if (resolution === "node10" && compiler === "TypeScript 7") {
        await skip(label, "TypeScript 7 no longer has it");
        continue;
      }
      await show(label, () => compile(consumer, name, options));
    }
  }
  await show("publint", async () => {
    await consumer.run("publint", ["--strict", tarball]);
  });
  await show("are-the-types-wrong", async () => {
    // CommonJS programs load the ES module with `require` (Node 20.19) or `import()`.
    const attw = [tarball, "--ignore-rules", "cjs-resolves-to-esm"];
    await consumer.run("attw", [...attw, "--profile", "node16"]);
    // The old resolution, node10, knows only the main entry of a package.
    await consumer.run("attw", [...attw, "--exclude-entrypoints", "sandbox"]);
  });
}

async function compile(consumer: Consumer, compiler: string, options: object): Promise<void> {
  const config = {
    compilerOptions: {
      ...options,
      target: "es2022",
      lib: ["es2022", "dom", "dom.iterable"],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    },
    files: ["types.mts"],
  };
  await writeFile(join(consumer.folder, "tsconfig.json"), JSON.stringify(config));
  await consumer.run(process.execPath, [
    join(TOOLS, "node_modules", compiler, "bin", "tsc"),
    "--project",
    ".",
  ]);
}
