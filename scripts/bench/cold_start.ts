/**
 * A program that sends one request and prints a line when the answer arrives. It uses the library
 * or code by hand, and PEM files or a `.p12`. Dynamic imports load only the chosen way.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { ColdStart } from "./cold.ts";
import { addCa, type Library } from "./contenders.ts";

const { who, form, folder, url, library, passphrase }: ColdStart = JSON.parse(
  process.argv.at(-1) ?? "",
);

const ca = await readFile(join(folder, "ca.pem"), "utf8");

async function readPem(): Promise<{ cert: string; key: string }> {
  const [cert, key] = await Promise.all(
    ["client.pem", "client.key"].map((name) => readFile(join(folder, name), "utf8")),
  );
  return { cert: cert!, key: key! };
}

async function readPfx(): Promise<{ pfx: Buffer<ArrayBuffer>; passphrase: string }> {
  return { pfx: await readFile(join(folder, "client.p12")), passphrase };
}

async function sendWithLibrary(): Promise<Response> {
  const { createMcFetch }: Library = await import(library);
  const credentials = form === "pem" ? await readPem() : await readPfx();
  return await createMcFetch(addCa(credentials, ca))(url);
}

async function sendByHand(): Promise<Response> {
  if ("Deno" in globalThis) {
    const { openHttpClient } = await import("./deno.ts");
    const init = { client: openHttpClient({ ...await readPem(), ca }) };
    return await fetch(url, init as RequestInit);
  }
  const { trustAlso } = await import("./roots.ts");
  if ("Bun" in globalThis) {
    const init = { tls: { ...await readPem(), ...trustAlso(ca) } };
    return await fetch(url, init as RequestInit);
  }
  const { Agent } = await import("undici");
  const credentials = form === "pem" ? await readPem() : await readPfx();
  const dispatcher = new Agent({ connect: { ...credentials, ...trustAlso(ca) } });
  return await fetch(url, { dispatcher } as RequestInit);
}

const response = await (who === "ours" ? sendWithLibrary() : sendByHand());
await response.json();
process.stdout.write(`${response.status}\n`, () => process.exit(0));
