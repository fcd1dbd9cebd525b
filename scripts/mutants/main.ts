/**
 * Changes the library in one place at a time, and shows which changes no test notices:
 * `npm run mutants`. The mutants are StrykerJS's. The tests run on Node. The report is
 * `.cache/mutants/report.md`. A run continues where the last one ended, with the survivors and the
 * test files that have changed, or with another budget.
 *
 * - `npm run mutants -- --only fetch/pool` changes only the files with this text in their path.
 * - `--tests fetch` uses only the test files with a path that matches this expression.
 * - `--count 700` is the number of mutants, `--seed 1` chooses others, `--mutator Regex` one kind.
 * - `--budget 5` is the time for the tests of one file with one mutant, in seconds.
 * - `--workers 2` runs two test files at a time.
 * - `--thorough` has no budget, and uses all test files: the slow ones, and for each folder those
 *   of the others.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { listFiles } from "../list_files.ts";
import { ROOT } from "../runtimes.ts";
import { hash, makeMutants, type Mutant, sample } from "./mutants.ts";
import { copyProject, FOLDER, Servers } from "./project.ts";
import { REPORT, report, type Result, Store, whyEquivalent } from "./results.ts";
import { type Coverage, Session, type Test } from "./session.ts";

const { values } = parseArgs({
  options: {
    budget: { type: "string", default: "5" },
    count: { type: "string", default: "700" },
    mutator: { type: "string", default: "" },
    only: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
    tests: { type: "string", default: "" },
    thorough: { type: "boolean", default: false },
    workers: { type: "string", default: "1" },
  },
});

/** Test files that only `--thorough` uses: they are slow, and others test the same files. */
const SLOW = /^tests\/(growth|pkcs12\/corpus|pkcs12\/mutation)_test\.ts$/;

/** The folders of the library that are tested in another folder of tests, too. */
const RELATED: Readonly<Record<string, readonly string[]>> = {
  keys: ["encryption", "pkcs12"],
  encryption: ["pkcs12"],
  pkcs12: ["keys", "encryption", "identity"],
  jks: ["keys", "encryption", "identity"],
  fetch: ["identity"],
};

/** What a test file imports if it needs the test servers, which take a while to start. */
const USES_SERVERS = /\b(server|sandbox\w*|countConnections)\b|\/command_line\.ts/;

/** The test folders in the order in which they run. The quick ones come first. */
const ORDER = "keys encryption mastercard identity fetch pkcs12 certificates jks sources cli".split(
  " ",
);

/** Coverage of a test file, with the hashes of the files for which it was found. */
interface KnownCoverage extends Coverage {
  readonly hash: string;
  readonly files: Readonly<Record<string, string>>;
}

const all = await makeMutants(FOLDER);
await copyProject(all.files);
const results = new Store<Result>("results.json");
const coverages = new Store<KnownCoverage>("coverage.json");
const fileOf = new Map(all.mutants.map(({ key, file }) => [key, file]));
const keyOf = new Map(all.mutants.map(({ key, id }) => [id, key]));

/** Returns the result of a mutant, unless its file has changed since. */
function findResult({ key, file }: Mutant): Result {
  const hash = all.hashes.get(file) ?? "";
  const result = results.get(key);
  return result?.file === hash ? result : { file: hash, passed: {} };
}

/** Finds what a test file reaches, unless it is known. */
async function findCoverage(
  path: string,
  own: string,
  session: Session,
): Promise<KnownCoverage> {
  const known = coverages.get(path);
  const isCurrent = known?.hash === own &&
    Object.entries(known.files).every(([file, value]) => all.hashes.get(file) === value);
  if (known !== undefined && isCurrent) return known;
  const coverage = await session.cover(keyOf);
  const keys = [
    ...coverage.once,
    ...coverage.tests.flatMap(({ reached }) => reached),
  ];
  const files = [...new Set(keys.map((key) => fileOf.get(key) ?? ""))];
  const found = {
    ...coverage,
    hash: own,
    files: Object.fromEntries(
      files.map((file) => [file, all.hashes.get(file) ?? ""]),
    ),
  };
  await coverages.set(path, found);
  return found;
}

/**
 * Chooses the tests of a file for a mutant that the file reaches. A mutant of code that runs only
 * once, such as a table, needs all tests of its folder, and others that reach its file's functions.
 */
function chooseTests(path: string, mutant: Mutant, { once, tests, failing }: Coverage): number[] {
  const folder = path.split("/")[1] ?? "";
  const isOwn = folder === mutant.folder || values.thorough;
  if (!isOwn && RELATED[folder]?.includes(mutant.folder) !== true) return [];
  const isOnce = once.includes(mutant.key);
  const isNear = ({ reached }: Test) =>
    reached.some((key) => isOnce ? fileOf.get(key) === mutant.file : key === mutant.key);
  const numbered = tests.map((test, number) => ({ ...test, number, near: isNear(test) ? 0 : 1 }))
    .filter(({ name, near }) => !failing.includes(name) && (near === 0 || (isOnce && isOwn)))
    .sort((a, b) => a.near - b.near || a.seconds - b.seconds);
  let left = values.thorough ? Infinity : Number(values.budget);
  return numbered.filter(({ seconds }, i) => (left -= seconds) > 0 || i === 0)
    .map(({ number }) => number);
}

/** Runs a test file with each mutant that it reaches and that is still alive. */
async function runFile(path: string, mutants: readonly Mutant[], servers: Servers): Promise<void> {
  const text = await readFile(join(ROOT, path), "utf8");
  const own = hash(text);
  const attempt = values.thorough ? own : `${own}, ${values.budget} s`;
  const session = new Session(path, USES_SERVERS.test(text) ? servers : undefined);
  const started = performance.now();
  let killed = 0;
  let tried = 0;
  try {
    const coverage = await findCoverage(path, own, session);
    const reached = new Set([...coverage.once, ...coverage.tests.flatMap((it) => it.reached)]);
    for (const mutant of mutants) {
      const { file, killedBy, passed } = findResult(mutant);
      if (killedBy !== undefined || passed[path] === attempt || !reached.has(mutant.key)) continue;
      const chosen = chooseTests(path, mutant, coverage);
      if (chosen.length === 0) continue;
      const kill = await session.tryMutant(mutant, chosen, coverage);
      tried++;
      if (kill !== undefined) killed++;
      await results.set(mutant.key, {
        file,
        passed: kill === undefined ? { ...passed, [path]: attempt } : passed,
        ...kill && { killedBy: `${path}: ${kill.test}`, isTimeout: kill.isTimeout },
      });
    }
  } finally {
    await session.stop();
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  if (tried > 0) console.log(`${path}: ${killed} of ${tried} killed (${seconds} s)`);
}

const asked = all.mutants.filter(({ file, mutator }) =>
  file.includes(values.only) && mutator.includes(values.mutator)
);
const chosen = sample(asked, Number(values.count), values.seed);
const mutants = chosen.filter((mutant) => whyEquivalent(mutant) === undefined);
const rank = (path: string) => (ORDER.indexOf(path.split("/")[1] ?? "") + 99) % 99; // others last
const paths = (await listFiles("tests", "_test.ts"))
  .filter((path) => new RegExp(values.tests).test(path))
  .filter((path) => values.thorough || !SLOW.test(path))
  .sort((a, b) => rank(a) - rank(b));
console.log(`${all.mutants.length} mutants, ${chosen.length} chosen`);

const queue = paths.values();
await Promise.all(Array.from({ length: Number(values.workers) }, async () => {
  const servers = new Servers();
  try {
    for (const path of queue) {
      await runFile(path, mutants, servers).catch((error) => console.log(`${path}: ${error}`));
      await report(
        `${chosen.length} of ${asked.length} mutants`,
        chosen,
        findResult,
      );
    }
  } finally {
    servers.stop();
  }
}));
console.log(
  await report(`${chosen.length} of ${asked.length} mutants`, chosen, findResult),
);
console.log(`Survivors: ${REPORT}`);
