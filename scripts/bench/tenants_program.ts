/**
 * A program that sends requests with many credentials in turn, and prints its rate and its sizes.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import type { mcFetch } from "../../mod.ts";
import type { TenantsTask } from "./tenants.ts";

/** The requests in flight. */
const IN_FLIGHT = 8;

const task: TenantsTask = JSON.parse(process.argv.at(-1) ?? "");
const library: { readonly mcFetch: typeof mcFetch } = await import(task.library);
const certs: string[] = JSON.parse(await readFile(task.certs, "utf8"));
const key = await readFile(task.key, "utf8");
const extraCa = task.ca === undefined ? undefined : await readFile(task.ca, "utf8");

let sent = 0;
const rss = [process.memoryUsage.rss()];
const step = Math.ceil(task.requests / 4);
const since = performance.now();
const worker = async () => {
  while (sent < task.requests) {
    const number = sent++;
    const cert = certs[number % task.tenants]!;
    // A new object each time, as a server that reads its tenants from a database has it.
    const response = await library.mcFetch(task.url, undefined, { cert, key, extraCa });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    await response.arrayBuffer();
    if ((number + 1) % step === 0) rss.push(process.memoryUsage.rss());
  }
};
await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
const rate = task.requests / (performance.now() - since) * 1000;
process.stdout.write(JSON.stringify({ rate, rss }), () => process.exit(0));
