/**
 * The module that the loop loads: the target that the environment names, as `fuzz`. At its end
 * it tells the slowest input, and leaves it in the file that the environment names.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { slowest, type Target, TARGETS } from "./fuzz_targets.ts";

/** Called with each input. */
export const fuzz: Target = TARGETS[process.env.FUZZ_TARGET ?? ""]!;

process.on("exit", () => {
  console.log(`slowest: ${slowest.ms.toFixed(1)} ms for ${slowest.input.length} bytes`);
  writeFileSync(process.env.FUZZ_SLOWEST!, slowest.input);
});
