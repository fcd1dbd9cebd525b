/**
 * Opens clients with damaged and odd certificates on Deno, Node and Bun:
 * `npm run fuzz:tls`. Deno before 2.9.6 ends the whole process on a client certificate
 * that its TLS rejects. No certificate may end a process here. Example for a longer run:
 * `npm run fuzz:tls -- --count 50000 --from 1000000 deno`.
 *
 * Then it opens clients with some of the rejected certificates without the check of this library,
 * and counts those that the runtime accepts.
 */
import { parseArgs } from "node:util";
import { findRuntimes, run, type Runtime } from "./runtimes.ts";

/** The number of certificates in one process. */
const CHUNK = 500;

/** The arguments that run a program on each runtime. */
const START: Readonly<Record<string, readonly string[]>> = {
  Deno: ["run", "--allow-all", "--no-check", "--quiet"],
  Node: ["--import", "tsx"],
  Bun: ["run"],
};

/** Runs the program, and returns its letters. */
async function runChild(runtime: Runtime, ...args: readonly string[]): Promise<string> {
  const program = "scripts/certificates_child.ts";
  const { output } = await run(runtime.command, [...START[runtime.name]!, program, ...args]);
  return /^[armx!]*/.exec(output)![0];
}

/** Opens a client with each mutant. Returns a letter for each; `E` for the end of the process. */
async function check(runtime: Runtime, from: number, count: number): Promise<string> {
  let letters = "";
  while (letters.length < count) {
    const size = Math.min(CHUNK - letters.length % CHUNK, count - letters.length);
    const more = await runChild(runtime, "check", `${from + letters.length}`, `${size}`);
    letters += more.length < size ? `${more}E` : more;
  }
  return letters;
}

/** Opens clients without the check. Returns how many of them the runtime accepts. */
async function countAccepted(runtime: Runtime, numbers: readonly number[]): Promise<number> {
  let letters = "";
  while (letters.length < numbers.length) {
    const rest = numbers.slice(letters.length, letters.length + CHUNK).map(String);
    const more = await runChild(runtime, "raw", ...rest);
    letters += more.length < rest.length ? `${more}E` : more;
  }
  return letters.split("a").length - 1;
}

/** Returns up to `count` items, spread over the whole list. */
function sample<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, i) => i % step === 0).slice(0, count);
}

const { values, positionals } = parseArgs({
  options: {
    count: { type: "string", default: "2000" },
    from: { type: "string", default: "0" },
    sample: { type: "string", default: "100" },
  },
  allowPositionals: true,
});
const [count, from, size] = [values.count, values.from, values.sample].map(Number) as [
  number,
  number,
  number,
];
const wanted = positionals.length > 0 ? positionals : Object.keys(START);
for (const [name, runtime] of await findRuntimes()) {
  if (!wanted.some((it) => it.toLowerCase() === name.toLowerCase())) continue;
  if (START[name] === undefined) continue;
  if (runtime === undefined) throw new Error(`${name} is not installed`);
  const letters = await check(runtime, from, count);
  const find = (letter: string) => [...letters].flatMap((it, i) => it === letter ? [from + i] : []);
  const [ends, others] = [find("E"), find("!")];
  const rejected = sample(find("r"), size);
  const malformed = sample(find("m"), size);
  console.log(
    `${runtime.name} ${runtime.version}: ${count} certificates: ${find("a").length} accepted, ` +
      `${find("r").length} rejected by the check, ${find("m").length} malformed; ` +
      `${ends.length} ends of the process; the runtime itself accepts ` +
      `${await countAccepted(runtime, rejected)} of ${rejected.length} rejected ones and ` +
      `${await countAccepted(runtime, malformed)} of ${malformed.length} malformed ones`,
  );
  if (ends.length + others.length === 0) continue;
  console.error(`  FINDING: ${[...ends, ...others].slice(0, 20).join(", ")}`);
  process.exitCode = 1;
}
