/**
 * Checks a patched world by its answers and by the requests at the server.
 *
 * @module
 */
import type { Answer } from "../examples/worlds/answer.ts";
import type { Arrival } from "./worlds_server.ts";

/** Promise for a world: it works, or it works or rejects with `unsupported_runtime`. */
export type Promised = "works" | "works or rejects";

/** The allowed codes of a call with the world's own classes. */
const CODES_OF_OWN = ["unsupported_runtime", "invalid_request"];

/** Reads the answers that a world printed on its last line. */
function readAnswers(code: number, output: string): { answers: Answer[]; witnessed: string } {
  const line = output.split("\n").findLast((line) => line.startsWith('{"answers":'));
  if (line === undefined) {
    const end = code === -1 ? "was stopped" : `ended with ${code}`;
    throw new Error(`it ${end} without its answers: ${output.slice(0, 500) || "it is silent"}`);
  }
  return JSON.parse(line);
}

/** Returns the problem of one answer, or `undefined` if there is none. */
function judgeAnswer(answer: Answer, promised: Promised): string | undefined {
  const { call, caller, status, subject, body, code, message } = answer;
  if (code !== undefined) {
    const isOwn = call.includes("own ");
    if (code === "unsupported_runtime" && (isOwn || promised === "works or rejects")) return;
    if (isOwn && CODES_OF_OWN.includes(code)) return;
    return `rejects with ${code}: ${message?.slice(0, 120)}`;
  }
  if (status !== 200 || subject !== `CN=${caller}`) {
    return `${caller} has the answer of ${subject ?? "no certificate"}, ${status}`;
  }
  if (!body?.includes(`"subject":"CN=${caller}"`)) {
    return `${caller} has another's body: ${body?.slice(0, 40)}`;
  }
}

/** Returns the problems of all answers. Calls with the same problem share a line. */
export function judgeAll(answers: readonly Answer[], promised: Promised): string[] {
  if (answers.length === 0) return ["it made no call"];
  const found = new Map<string, string[]>();
  for (const answer of answers) {
    const problem = judgeAnswer(answer, promised);
    if (problem === undefined) continue;
    found.set(problem, [...found.get(problem) ?? [], answer.call]);
  }
  const problems = [...found].map(([problem, calls]) => `${problem} (${formatCalls(calls)})`);
  const plain = answers.filter(({ call }) => !call.includes("own "));
  const rejected = plain.filter(({ code }) => code !== undefined).length;
  if (rejected > 0 && rejected < plain.length) {
    problems.push(`${rejected} of ${plain.length} plain calls reject, the others do not`);
  }
  return problems;
}

function formatCalls(calls: readonly string[]): string {
  const [first = "", ...others] = new Set(calls);
  return others.length < 3
    ? [first, ...others].join("; ")
    : `${first} and ${calls.length - 1} more`;
}

/** Returns a problem if certified requests arrived without a certificate. */
export function findBare(arrivals: readonly Arrival[]): string[] {
  const certified = arrivals.filter(({ path }) => path.startsWith("/certified"));
  const bare = certified.filter(({ subject }) => subject === undefined).length;
  return bare === 0 ? [] : [`${bare} of ${certified.length} requests had no certificate`];
}

/**
 * Checks a world.
 *
 * @returns The outcomes of its calls
 * @throws {Error} with all problems, if the world breaks its promise
 */
export function judgeWorld(
  code: number,
  output: string,
  arrivals: readonly Arrival[],
  promised: Promised,
): string {
  const problems = findBare(arrivals);
  try {
    const { answers, witnessed } = readAnswers(code, output);
    problems.push(...judgeAll(answers, promised));
    if (witnessed !== "the replacement is in force") problems.push(`vacuous: ${witnessed}`);
    if (problems.length === 0) return formatOutcomes(answers);
  } catch (error) {
    problems.push((error as Error).message);
  }
  throw new Error(problems.join("\n  "));
}

function formatOutcomes(answers: readonly Answer[]): string {
  const codes = new Set(answers.map(({ code }) => code ?? "works"));
  return [...codes].sort().reverse().join(", some calls ");
}
