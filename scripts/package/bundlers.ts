/**
 * Programs for Node that bundlers made of the package, with undici outside and inside the bundle.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { installNodes } from "../runtimes.ts";
import { show, Skip } from "../show.ts";
import { type Consumer, type Consumers, TOOLS } from "./consumer.ts";

/** undici is CommonJS: it calls `require`, which an ES module lacks. */
const REQUIRE = `import { createRequire } from "node:module";
const require = createRequire(import.meta.url);`;

const VITE_CONFIG = `export default {
  build: { outDir: "out/vite", rollupOptions: { input: "use.mjs" }, ssr: true },
  ssr: { noExternal: true },
  logLevel: "error",
};
`;

const WEBPACK = `const webpack = require(process.argv[2]);
const [, , , context, external] = process.argv;
webpack({
  context,
  entry: "./use.mjs",
  mode: "production",
  target: "node20",
  externals: external ? { undici: "commonjs undici" } : {},
  output: { path: context + "/out/webpack", filename: (external || "bundled") + ".cjs" },
}, (error, stats) => {
  const { errors = [], warnings = [] } = stats?.toJson() ?? {};
  for (const { message } of [...errors, ...warnings]) console.error(message);
  if (error || errors.length + warnings.length > 0) process.exit(1);
});
`;

/** Builds a program with each bundler, and runs it on this Node. */
export async function showBundlers(_: Consumers, consumer: Consumer): Promise<void> {
  const useBundle = (path: string) => consumer.use(process.execPath, [join("out", path)]);
  await mkdir(join(consumer.folder, "out"), { recursive: true });
  for (const isExternal of [true, false]) {
    const where = isExternal ? "undici external" : "undici bundled";
    const name = isExternal ? "external" : "bundled";
    const external = isExternal ? ["--external:undici"] : [];
    await show(`esbuild, ESM, ${where}`, async () => {
      const banner = isExternal ? [] : [`--banner:js=${REQUIRE}`];
      await runEsbuild(consumer, `out/${name}.mjs`, ["--format=esm", ...banner, ...external]);
      await useBundle(`${name}.mjs`);
    });
    await show(`esbuild, CommonJS, ${where}`, async () => {
      await runEsbuild(consumer, `out/${name}.cjs`, ["--format=cjs", ...external]);
      await useBundle(`${name}.cjs`);
    });
    await show(`rollup, ${where}${isExternal ? "" : ", Node 24"}`, async () => {
      await runRollup(consumer, `out/rollup-${name}`, isExternal);
      // rollup moves undici's `node:sqlite` to the start of the bundle. Node 20 lacks it.
      const newer = isExternal ? undefined : (await installNodes()).get("Node 24");
      const node = newer?.command ?? process.execPath;
      await consumer.use(node, [`out/rollup-${name}/use.js`]);
    });
    await show(`webpack, ${where}`, async () => {
      await writeFile(join(consumer.folder, "webpack.cjs"), WEBPACK);
      const webpack = join(TOOLS, "node_modules", "webpack");
      const args = ["webpack.cjs", webpack, consumer.folder, isExternal ? name : ""];
      await consumer.run(process.execPath, args);
      await useBundle(`webpack/${name}.cjs`);
    });
  }
  await show("esbuild, ESM, undici bundled without require: the error names undici", async () => {
    await runEsbuild(consumer, "out/bare.mjs", ["--format=esm"]);
    const said = await consumer.run(process.execPath, [join("out", "bare.mjs")]).then(
      () => "it works",
      (error: Error) => error.message,
    );
    if (!/unsupported_runtime[^]*external|external[^]*unsupported_runtime/.test(said)) {
      throw new Error(said);
    }
  });
  await show("Node SEA, from esbuild's CommonJS", () => makeExecutable(consumer));
  await show("vite, for the server, undici bundled", async () => {
    await writeFile(join(consumer.folder, "vite.config.mjs"), VITE_CONFIG);
    await consumer.run("vite", ["build"]);
    await useBundle("vite/use.mjs").catch(() => useBundle("vite/use.js"));
  });
}

/** Makes one executable file of a program. Node 26 needs no other tool for it. */
async function makeExecutable(consumer: Consumer): Promise<void> {
  const newest = (await installNodes()).get("Node 26");
  if (newest === undefined) throw new Skip("Node 26 cannot be installed from npm");
  const output = join("out", process.platform === "win32" ? "sea.exe" : "sea");
  const config = { main: "out/bundled.cjs", output, disableExperimentalSEAWarning: true };
  await writeFile(join(consumer.folder, "sea.json"), JSON.stringify(config));
  await consumer.run(newest.command, ["--build-sea", "sea.json"]);
  await consumer.use(join(consumer.folder, output), []);
}

async function runEsbuild(
  consumer: Consumer,
  outfile: string,
  args: readonly string[],
): Promise<void> {
  await consumer.run("esbuild", [
    "use.mjs",
    "--bundle",
    "--platform=node",
    "--target=node20",
    "--log-level=warning",
    `--outfile=${outfile}`,
    ...args,
  ]);
}

async function runRollup(consumer: Consumer, dir: string, isExternal: boolean): Promise<void> {
  await writeFile(join(consumer.folder, "out", "package.json"), `{ "type": "module" }`);
  const plugin = (name: string) => ["--plugin", join(TOOLS, "node_modules", "@rollup", name)];
  await consumer.run("rollup", [
    "use.mjs",
    "--format=es",
    `--dir=${dir}`,
    "--silent",
    ...plugin("plugin-node-resolve={preferBuiltins:true,exportConditions:['node']}"),
    ...plugin("plugin-commonjs"),
    ...plugin("plugin-json"),
    ...(isExternal ? ["--external=undici"] : []),
  ]);
}
