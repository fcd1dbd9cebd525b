/** Writes the numbers of the mutants that a process reached, when it ends. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { threadId } from "node:worker_threads";

process.on("exit", () => {
  const reached = globalThis.__mutants__?.reached;
  const folder = process.env.MUTANTS_COVERAGE;
  if (reached === undefined || folder === undefined) return;
  const file = join(folder, `${process.pid}-${threadId}.json`);
  writeFileSync(file, JSON.stringify([...reached]));
});
