/**
 * Checks the published files: they pass the type check in an empty folder, as users of JSR get
 * them, and they use no syntax that a supported Node lacks.
 */
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { listFiles } from "./list_files.ts";
import { ROOT, run } from "./runtimes.ts";

interface Manifest {
  readonly publish: { readonly include: readonly string[] };
}

const { publish } = JSON.parse(await readFile(join(ROOT, "deno.json"), "utf8")) as Manifest;
const folder = await mkdtemp(join(tmpdir(), "mc-mtls-published-"));
try {
  for (const path of publish.include) {
    await cp(join(ROOT, path), join(folder, path), { recursive: true });
  }
  const entries = ["mod.ts", "lib/cli/main.ts", "lib/sandbox/mod.ts"].map((path) =>
    join(folder, path)
  );
  const { code, output } = await run("deno", ["check", "--quiet", ...entries], {}, 120_000, folder);
  if (code !== 0) {
    console.error(`The published files do not pass the type check:\n${output}`);
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

// Node 20 and 22 reject `using`, unless a tool transpiles it.
for (const path of await listFiles("lib", ".ts")) {
  const code = (await readFile(join(ROOT, path), "utf8")).replaceAll(/^\s*(\/?\*|\/\/).*$/gm, "");
  if (!/\bawait using\b|^\s*using \w+ =/m.test(code)) continue;
  console.error(`${path}: await using is a syntax error on Node 20 and 22; use try and finally`);
  process.exitCode = 1;
}
