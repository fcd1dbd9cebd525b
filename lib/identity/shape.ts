/**
 * The shape of a key file: PEM blocks, or binary. The shapes that few files have are loaded when
 * they are needed.
 *
 * @module
 */
import type { Opening } from "../encryption/opening.ts";
import { limitExceeded, malformed } from "../errors.ts";
import type { FileContents } from "../keys/contents.ts";
import { findEnd, INDEFINITE, isBlank, isDer, readUsualText, type Shape } from "./usual_shape.ts";

/**
 * Detects if a key file is PEM or binary, and decodes it: PEM, DER, base64 of either, and what
 * environment variables, JSON and wrong encodings make of them.
 *
 * @param input Text or bytes
 * @param opening The opening of the file
 * @param wanted The expected kind of file, for messages
 */
export async function readShape(
  input: FileContents,
  opening: Opening,
  wanted: string,
): Promise<Shape> {
  const { file, maxBytes } = opening;
  const size = typeof input === "string" ? input.length : input.byteLength;
  if (size > maxBytes) {
    const problem = `its size must be <= ${maxBytes} bytes: current value is ${size}`;
    throw limitExceeded(file, problem, "maxBytes");
  }
  if (size === 0) throw malformed(file, "it is empty", "empty");
  const shape = typeof input === "string"
    ? await readText(input, opening, wanted)
    : await readBytes(copyBytes(input), opening, wanted);
  if ("bytes" in shape) return { bytes: await trimDer(shape.bytes) };
  for (const _ of shape.blocks) opening.countBag();
  return shape;
}

/** Removes a line end behind a DER file, which editors and programs for text add. */
async function trimDer(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (!isBlank(bytes.at(-1))) return bytes;
  const end = bytes[1] === INDEFINITE
    ? (await import("./der.ts")).findDerEnd(bytes)
    : findEnd(bytes);
  return end !== undefined && bytes.subarray(end).every(isBlank) ? bytes.subarray(0, end) : bytes;
}

async function readBytes(
  bytes: Uint8Array<ArrayBuffer>,
  opening: Opening,
  wanted: string,
): Promise<Shape> {
  if (isDer(bytes)) return { bytes };
  const text = decodeUtf8(bytes);
  await opening.takeTurn();
  return text === undefined
    ? await readUnusual(bytes, opening, wanted)
    : await readText(text, opening, wanted);
}

async function readText(text: string, opening: Opening, wanted: string): Promise<Shape> {
  return readUsualText(text, opening) ?? await readUnusual(text, opening, wanted);
}

async function readUnusual(
  input: string | Uint8Array<ArrayBuffer>,
  opening: Opening,
  wanted: string,
): Promise<Shape> {
  const unusual = await import("./unusual_shape.ts");
  return await unusual.readUnusual(input, opening, wanted);
}

function copyBytes(input: Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> {
  return "buffer" in input ? new Uint8Array(input) : new Uint8Array(input.slice(0));
}

/** Decodes bytes as UTF-8; returns `undefined` if they are binary or in another encoding. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // deno-lint-ignore no-control-regex -- Control characters distinguish binary from text.
    return /[\x00-\x08\x0e-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
