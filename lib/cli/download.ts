/**
 * Saves the body of a response, and shows the progress of a long download.
 *
 * @module
 */
import { createWriteStream } from "node:fs";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { McFetchError } from "../errors.ts";

/** The time before the progress appears, in seconds. */
const DELAY = 1;

/** The interval at which the progress is drawn, in milliseconds. */
const INTERVAL = 200;

/** The width of the progress bar, in columns. */
const BAR_WIDTH = 30;

/** Writes the body to a file, or to standard output, as it arrives. */
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
    const message = "Cannot read the response: the connection ended before the end of the body";
    throw new McFetchError("connection_failed", message, { cause });
  }
}

/** Progress of a download, as one line on a terminal. */
class Progress {
  readonly #total: number;
  readonly #start = Date.now();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #done = 0;
  #isDrawn = false;

  /** @param total The size of the body, in bytes; 0 if unknown */
  constructor(total: number, isShown: boolean) {
    this.#total = total;
    // A timer draws the line, not the arrival of data: a download that stalls must show it.
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
    if (seconds < DELAY) return;
    this.#isDrawn = true;
    process.stderr.write(`\r\x1b[K${this.#describe(seconds)}`);
  }

  #describe(seconds: number): string {
    const speed = `${formatSize(this.#done / seconds)}/s`;
    if (this.#total === 0) return `${formatSize(this.#done)}, ${speed}`;
    const share = Math.min(1, this.#done / this.#total);
    const bar = "=".repeat(Math.round(BAR_WIDTH * share)).padEnd(BAR_WIDTH);
    const percent = `${Math.floor(100 * share)}`.padStart(3);
    return `[${bar}] ${percent} % of ${formatSize(this.#total)}, ${speed}`;
  }
}

function formatSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024;
  return `${unit === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}
