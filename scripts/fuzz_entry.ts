/**
 * The module that the loop loads. It exports the target that FUZZ_TARGET names. At the end it
 * prints the time of the slowest input, and writes the input to the file that FUZZ_SLOWEST names.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { slowest, type Target, TARGETS } from "./fuzz_targets.ts";

/** Parses one input. */
export const fuzz: Target = TARGETS[process.env.FUZZ_TARGET ?? ""]!;

process.on("exit", () => {
  console.log(`slowest: ${slowest.ms.toFixed(1)} ms for ${slowest.input.length} bytes`);
  writeFileSync(process.env.FUZZ_SLOWEST!, slowest.input);
});
