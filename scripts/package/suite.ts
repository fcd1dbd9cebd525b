/**
 * The project's own tests with the built package, on Node.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { DENO_JSON } from "./manifest.ts";
import { run } from "../runtimes.ts";
import { show } from "../show.ts";
import type { Consumer, Consumers } from "./consumer.ts";

/** The time limit of the tests, in milliseconds. Two idle cores need about four minutes. */
const TIMEOUT = 25 * 60 * 1000;

/** Runs the tests with the installed package instead of the sources. */
export async function showSuite(_: Consumers, { folder }: Consumer): Promise<void> {
  await show("The project's own tests, on Node", async () => {
    const place = join(folder, "node_modules", DENO_JSON.name);
    const { main } = JSON.parse(await readFile(join(place, "package.json"), "utf8"));
    const built = join(place, dirname(main));
    const args = ["--import", "tsx", "scripts/test.ts", "--built", built];
    const { code, output } = await run(process.execPath, args, {}, TIMEOUT);
    if (code !== 0) throw new Error(output);
    return output.trim().split("\n").slice(1).join("\n  ");
  });
}
