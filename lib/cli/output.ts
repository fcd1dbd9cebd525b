/**
 * The file that a response is saved to.
 *
 * @module
 */
import { chmod, type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import type { Stats } from "node:fs";
import { rmSync } from "node:fs";
import process from "node:process";
import { detectKind } from "../identity/foreign.ts";
import { fileError, NO_FOLDER, temporaryPath } from "./files.ts";

/** Kinds of files that hold a private key, or may hold one. */
const KEYS = /private key|PKCS#12|keystore|PGP/;

/** The part of a file that is searched for a private key, in bytes. Key files are smaller. */
const SEARCHED = 1024 * 1024;

/** Signals that end the program. Their exit code is 128 plus their number. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * File that gets its name when it is complete. It is opened before the request is sent: a request
 * whose response cannot be saved must not be sent. A device or a pipe is written directly.
 */
export class OutputFile {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #temporary: string | undefined;
  readonly #stopListening: () => void;

  private constructor(path: string, file: FileHandle, temporary: string | undefined) {
    this.#path = path;
    this.#file = file;
    this.#temporary = temporary;
    this.#stopListening = temporary === undefined ? () => {} : removeOnSignal(temporary);
  }

  /**
   * Opens a file for writing.
   *
   * @throws {Error} if the file cannot be written, or holds a private key
   */
  static async open(name: string): Promise<OutputFile> {
    const found = await stat(name).catch(() => undefined);
    if (found?.isDirectory()) throw new Error(`Cannot write ${name}: it is a folder`);
    try {
      // A link stays, and the file that it leads to is replaced.
      const path = found === undefined ? name : await realpath(name);
      if (found !== undefined && !found.isFile()) {
        return new OutputFile(path, await open(path, "w"), undefined);
      }
      if (found !== undefined) await checkContents(name, path);
      const temporary = temporaryPath(path);
      const file = new OutputFile(path, await open(temporary, "wx"), temporary);
      if (found !== undefined) await copyMode(found, temporary);
      return file;
    } catch (cause) {
      if (cause instanceof Error && !("code" in cause)) throw cause; // already in words
      throw fileError("write", name, cause, NO_FOLDER);
    }
  }

  /** Writes a part of the contents. */
  async write(chunk: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < chunk.length;) {
        at += (await this.#file.write(chunk, at)).bytesWritten;
      }
    } catch (cause) {
      throw fileError("write", this.#path, cause);
    }
  }

  /** Gives the file its name. */
  async complete(): Promise<void> {
    await this.#file.close();
    if (this.#temporary === undefined) return;
    this.#stopListening();
    await rename(this.#temporary, this.#path).catch((cause) => {
      throw fileError("write", this.#path, cause);
    });
  }

  /** Removes the file unless it is complete. */
  async close(): Promise<void> {
    await this.#file.close().catch(() => {});
    this.#stopListening();
    if (this.#temporary !== undefined) await rm(this.#temporary, { force: true });
  }
}

/** Rejects to replace a file that holds a private key: it may be the only copy. */
async function checkContents(name: string, path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    const bytes = new Uint8Array(SEARCHED);
    const { bytesRead } = await file.read(bytes, 0, SEARCHED, 0);
    const found = bytes.subarray(0, bytesRead);
    const text = new TextDecoder("latin1").decode(found);
    if (!/PRIVATE KEY/.test(text) && !KEYS.test(detectKind(found) ?? "")) return;
  } finally {
    await file.close();
  }
  throw new Error(`Cannot write ${name}: it holds a private key; choose another name`);
}

async function copyMode({ mode }: Stats, path: string): Promise<void> {
  await chmod(path, mode & 0o777);
}

/** Removes a file if a signal ends the program. Returns a function that ends that. */
function removeOnSignal(path: string): () => void {
  const entries = Object.entries(SIGNALS).map(([signal, code]) => {
    const end = () => {
      rmSync(path, { force: true });
      process.exit(code);
    };
    process.on(signal, end);
    return [signal, end] as const;
  });
  return () => entries.forEach(([signal, end]) => process.off(signal, end));
}
