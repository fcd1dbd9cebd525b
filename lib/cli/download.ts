/**
 * Saves the body of a response, and shows the progress of a long download.
 *
 * @module
 */
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { McFetchError } from "../errors.ts";
import { formatSize, readColumns, replaceControls } from "./layout.ts";
import type { OutputFile } from "./output.ts";

/** The time before the progress appears, in seconds. */
const DELAY = 1;

/** The interval at which the progress is drawn, in milliseconds. */
const INTERVAL = 200;

/** The largest width of the progress bar, in columns. */
const BAR_WIDTH = 30;

/** The narrowest terminal that has room for the bar beside the numbers, in columns. */
const NUMBERS_WIDTH = 38;

/** Writes the body to a file, or to standard output, as it arrives. */
export async function saveBody(
  { body, headers }: Response,
  file: OutputFile | undefined,
  { isSilent, isRaw }: { readonly isSilent: boolean; readonly isRaw: boolean },
): Promise<void> {
  const progress = new Progress(
    Number(headers.get("content-length") ?? 0),
    file !== undefined && !isSilent && process.stderr.isTTY === true,
  );
  const chunks = readBody(body, progress);
  try {
    if (file === undefined) {
      const shown = process.stdout.isTTY && !isRaw ? decodeForTerminal(chunks) : chunks;
      await pipeline(shown, process.stdout, { end: false });
    } else {
      for await (const chunk of chunks) await file.write(chunk);
      await file.complete();
    }
  } finally {
    progress.end();
  }
}

/**
 * Shows the body as text at a terminal. Control characters of a server could overwrite what other
 * commands printed. `-o -` writes the body as it is.
 */
async function* decodeForTerminal(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let last = "";
  for await (const chunk of chunks) {
    if (chunk.includes(0)) {
      throw new Error(
        "Cannot print the body: it is not text; save it with -o FILE, or print it with -o -",
      );
    }
    const text = last + decoder.decode(chunk, { stream: true });
    last = text.endsWith("\r") ? "\r" : ""; // its line feed may be in the next chunk
    yield replaceControls(text.slice(0, text.length - last.length).replaceAll("\r\n", "\n"));
  }
  const end = decoder.decode();
  if (last + end !== "") yield replaceControls(last + end);
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
    if (cause instanceof McFetchError || isTimeout(cause)) throw cause;
    const message =
      "Cannot read the response: the connection ended before the end of the body, see `cause`";
    throw new McFetchError("connection_failed", message, { cause });
  }
}

/** True for the reason of `AbortSignal.timeout`. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
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
    const percent = `${Math.floor(100 * share)}`.padStart(3);
    const numbers = `${percent} % of ${formatSize(this.#total)}, ${speed}`;
    // A line that is as wide as the terminal would wrap, and each update would add a line.
    const width = Math.min(BAR_WIDTH, (readColumns(process.stderr) ?? 80) - NUMBERS_WIDTH);
    if (width < 5) return numbers;
    return `[${"=".repeat(Math.round(width * share)).padEnd(width)}] ${numbers}`;
  }
}
