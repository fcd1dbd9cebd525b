/**
 * The child process: it makes one contender, and runs the commands on standard input. It ends with
 * standard input, so that it does not outlive the benchmark.
 *
 * tinybench runs the floods. Its `concurrency: "task"` keeps `threshold` calls in flight until the
 * time is over. mitata instead sends batches, and waits for the slowest call of each. Neither of
 * them interleaves tasks or uses several processes, so the rounds are in `rates.ts`.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { Bench } from "tinybench";
import type {
  Answer,
  Command,
  FloodCommand,
  FloodResult,
  MemoryCommand,
  MemoryResult,
  Send,
  Setup,
  Start,
} from "./protocol.ts";

/** Function that makes a contender. */
export type MakeContender = (setup: Setup) => Send | Promise<Send>;

/** Serves the commands on standard input with the contender that the first line names. */
export async function serveCommands(
  contenders: Readonly<Record<string, MakeContender>>,
): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const { setup, contender }: Start = JSON.parse((await lines.next()).value);
  const make = contenders[contender];
  if (make === undefined) throw new Error(`Unknown contender: ${contender}`);
  const send = await make(setup);
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const answer = await runCommand(JSON.parse(line.value), send).then(
      (result): Answer<unknown> => ({ result }),
      (error): Answer<unknown> => ({ error: describeError(error) }),
    );
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

function runCommand(command: Command, send: Send): Promise<FloodResult | MemoryResult> {
  return command.type === "flood" ? flood(command, send) : fill(command, send);
}

async function flood({ job, inFlight, time }: FloodCommand, send: Send): Promise<FloodResult> {
  let since = 0;
  let until = 0;
  const bench = new Bench({
    concurrency: "task",
    threshold: inFlight,
    time,
    iterations: 0, // no limit
    warmup: false, // the warm-up is a separate flood
    throws: true,
  });
  bench.add("flood", async () => {
    await send(job);
    until = performance.now();
  }, { beforeAll: () => void (since = performance.now()) });
  const before = process.cpuUsage();
  const [task] = await bench.run();
  const { user, system } = process.cpuUsage(before);
  if (task?.result.state !== "completed") throw new Error("The flood was not completed");
  const { latency } = task.result;
  return {
    rate: latency.samplesCount * 1000 / (until - since),
    p50: latency.p50,
    p99: latency.p99,
    cpu: (user + system) / latency.samplesCount,
  };
}

async function fill(
  { job, inFlight, requests }: MemoryCommand,
  send: Send,
): Promise<MemoryResult> {
  let left = requests;
  const work = async () => {
    while (left-- > 0) await send(job);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return { rss: process.memoryUsage().rss };
}

function describeError(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
