/**
 * The package in bundles for Workers and browsers: neither holds undici or pkijs. One runs in
 * workerd and calls the sandbox through a binding.
 *
 * @module
 */
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runWorkerd } from "../workerd.ts";
import { show } from "../show.ts";
import type { Consumer, Consumers } from "./consumer.ts";

const WORKER = `import { mcFetch, readMastercardErrors } from "@acme/mc-mtls";

export default {
  async test(_, env) {
    const response = await mcFetch(env.ORIGIN + "/petstore/pets", undefined, { fetcher: env.client });
    if (response.status !== 200) throw new Error("status " + response.status);
    const refused = await mcFetch(env.ORIGIN + "/petstore/pets", undefined, { fetcher: env.foreign });
    const [error] = await readMastercardErrors(refused);
    if (error.reasonCode !== "INVALID_CLIENT_CERT") throw new Error(JSON.stringify(error));
    const credentials = { cert: "", key: "" };
    const code = await mcFetch(env.ORIGIN, undefined, credentials).catch((error) => error.code);
    if (typeof code !== "string") throw new Error("key files were accepted");
  },
};
`;

/** The conditions with which Cloudflare's wrangler bundles. */
const WORKERD_CONDITIONS = "workerd,worker,browser";

/** The limit of the minified bundle, in kB. undici and pkijs take more than 800 kB. */
const LIMIT = 230;

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }
    >
  >;
}

/** Bundles for Workers and browsers, and runs the one for Workers. */
export async function showWorkers({ sandbox }: Consumers, consumer: Consumer): Promise<void> {
  await mkdir(join(consumer.folder, "out"), { recursive: true });
  await writeFile(join(consumer.folder, "worker.mjs"), WORKER);
  const isBuilt = await show("esbuild for Workers, without undici and pkijs", async () => {
    return await bundle(consumer, "worker.js", [`--conditions=${WORKERD_CONDITIONS}`]);
  });
  if (isBuilt) {
    await show("workerd, with a binding", async () => {
      const path = JSON.stringify(join(consumer.folder, "out", "worker.js"));
      const { code, output } = await runWorkerd("package", {
        source: `export { default } from ${path};`,
        server: sandbox,
        identities: ["client", "foreign"],
        env: ["ORIGIN"],
      }, { ORIGIN: sandbox.origin });
      if (code !== 0) throw new Error(`workerd ended with ${code}:\n${output}`);
    });
  }
  await show("esbuild for browsers, without undici and pkijs", () => {
    return bundle(consumer, "browser.js", []);
  });
  await show("vite for browsers, without undici and pkijs", async () => {
    const config = `export default {
      build: { outDir: "out/browser", lib: { entry: "worker.mjs", formats: ["es"] } },
    };`;
    await writeFile(join(consumer.folder, "vite.browser.mjs"), config);
    await consumer.run("vite", ["build", "--config=vite.browser.mjs"]);
    const folder = join(consumer.folder, "out", "browser");
    let kB = 0;
    for (const name of await readdir(folder)) kB += (await stat(join(folder, name))).size / 1000;
    if (kB > 2 * LIMIT) throw new Error(`its chunks have ${kB.toFixed(0)} kB`);
    return `${kB.toFixed(0)} kB in all chunks`;
  });
}

/** Bundles the worker with esbuild into `out/`, and looks at what it holds. */
async function bundle(consumer: Consumer, name: string, args: readonly string[]): Promise<string> {
  await consumer.run("esbuild", [
    "worker.mjs",
    "--bundle",
    "--minify",
    "--format=esm",
    "--platform=browser",
    "--target=es2022",
    "--log-level=warning",
    `--metafile=out/${name}.json`,
    `--outfile=out/${name}`,
    ...args,
  ]);
  const metafile = await readFile(join(consumer.folder, "out", `${name}.json`), "utf8");
  const { outputs } = JSON.parse(metafile) as Metafile;
  const { inputs } = outputs[`out/${name}`]!;
  const found = Object.keys(inputs).filter((path) =>
    /node_modules\/(undici|pkijs)\//.test(path) && inputs[path]!.bytesInOutput > 0
  );
  if (found.length > 0) throw new Error(`the bundle holds ${found.length} files: ${found[0]}`);
  const kB = (await stat(join(consumer.folder, "out", name))).size / 1000;
  if (kB > LIMIT) throw new Error(`it has ${kB.toFixed(0)} kB; the limit is ${LIMIT} kB`);
  return `${kB.toFixed(0)} kB minified`;
}
