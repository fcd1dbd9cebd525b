/** Where the body of a response goes. */
import { createWriteStream } from "node:fs";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { McFetchError } from "../errors.ts";

/** A download is long, and its progress shown, after this many seconds. */
const PATIENCE = 1;
/** How often the progress is drawn anew, in milliseconds. */
const INTERVAL = 200;
const BAR_WIDTH = 30;

/** Writes the body to a file, or to the standard output, as it comes. */
export async function saveBody({ body, headers }: Response, file?: string): Promise<void> {
  const progress = new Progress(
    Number(headers.get("content-length") ?? 0),
    file !== undefined && process.stderr.isTTY === true,
  );
  const output = file === undefined ? process.stdout : createWriteStream(file);
  try {
    await pipeline(readBody(body, progress), output, { end: file !== undefined });
  } finally {
    progress.end();
  }
}

async function* readBody(
  body: ReadableStream<Uint8Array> | null,
  progress: Progress,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body ?? []) {
      progress.add(chunk.length);
      yield chunk;
    }
  } catch (cause) {
    const message = "Cannot read the response: the connection ended before all of it had come";
    throw new McFetchError("connection_failed", message, { cause });
  }
}

/** A line on a terminal that tells how far a download is. */
class Progress {
  readonly #total: number;
  readonly #start = Date.now();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #done = 0;
  #isDrawn = false;

  /** @param total How many bytes will come; 0 where nobody knows */
  constructor(total: number, isShown: boolean) {
    this.#total = total;
    // By the clock rather than by what comes, so that a download that stalls is seen to.
    if (isShown) this.#timer = setInterval(() => this.#draw(), INTERVAL);
  }

  add(count: number): void {
    this.#done += count;
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#isDrawn) process.stderr.write("\n");
  }

  #draw(): void {
    const seconds = (Date.now() - this.#start) / 1000;
    if (seconds < PATIENCE) return;
    this.#isDrawn = true;
    process.stderr.write(`\r\x1b[K${this.#describe(seconds)}`);
  }

  #describe(seconds: number): string {
    const speed = `${size(this.#done / seconds)}/s`;
    if (this.#total === 0) return `${size(this.#done)}, ${speed}`;
    const share = Math.min(1, this.#done / this.#total);
    const bar = "=".repeat(Math.round(BAR_WIDTH * share)).padEnd(BAR_WIDTH);
    const percent = `${Math.floor(100 * share)}`.padStart(3);
    return `[${bar}] ${percent} % of ${size(this.#total)}, ${speed}`;
  }
}

function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024;
  return `${unit === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}
