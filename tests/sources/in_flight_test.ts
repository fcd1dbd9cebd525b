/**
 * Files that are renewed while requests are in flight: the short form of `npm run soak:renewal`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMcFetch, fromFiles } from "../../mod.ts";
import { fixture, sandboxFile, server, testExceptOn } from "../support/context.ts";

const PAIRS = () =>
  [
    [sandboxFile("client.pem"), sandboxFile("client.key")],
    [fixture("client.pem"), fixture("client.pkcs8.key")],
  ] as const;

const NAMES = ["tls.crt", "tls.key"] as const;

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Ways to replace the pair in the folder `live`, which is a symbolic link. */
const SWAPS: ((folder: string, pair: readonly Uint8Array[], number: number) => Promise<void>)[] = [
  async (folder, pair) => {
    for (const [i, name] of NAMES.entries()) {
      const path = join(folder, "live", name);
      await writeFile(`${path}.new`, pair[i]!);
      await rename(`${path}.new`, path);
      await sleep(20);
    }
  },
  async (folder, pair, number) => {
    const next = join(folder, `pair${number}`);
    await mkdir(next);
    for (const [i, name] of NAMES.entries()) await writeFile(join(next, name), pair[i]!);
    await symlink(next, join(folder, "live.new"));
    await rename(join(folder, "live.new"), join(folder, "live"));
  },
  async (folder, pair) => {
    for (const [i, name] of NAMES.entries()) {
      const path = join(folder, "live", name);
      await writeFile(path, pair[i]!.subarray(0, pair[i]!.length / 2));
      await sleep(100);
      await writeFile(path, pair[i]!);
    }
  },
];

testExceptOn(
  { workerd: "it has no files" },
  "no request fails while files are renewed in all ways, and each certificate is used",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "mc-mtls-"));
    const pairs = PAIRS();
    await SWAPS[1]!(folder, pairs[0], 0);
    const [cert, key] = NAMES.map((name) => join(folder, "live", name));
    const extraCa = `${server.directory}/ca.pem`;
    const fetch = createMcFetch(fromFiles({ cert: cert!, key: key!, extraCa }), {
      refresh: 10,
      onRefreshError: () => {}, // a pair that is half for long is reported
    });
    const seen: string[] = [];
    const failures: unknown[] = [];
    let isOver = false;
    const worker = async () => {
      for (let count = 0; !isOver; count++) {
        const init = count % 3 === 0 ? { method: "POST", body: "once" } : undefined;
        try {
          const response = await fetch(`${server.origin}/echo`, init);
          seen.push((await response.json()).commonName);
        } catch (error) {
          failures.push(error);
        }
        await sleep(5);
      }
    };
    const workers = Array.from({ length: 20 }, worker);
    try {
      const until = async (isDone: () => boolean) => {
        for (let wait = 0; !isDone() && wait < 400; wait++) await sleep(10);
        assert(isDone(), `${seen.length} requests, the last one with ${seen.at(-1)}`);
      };
      await until(() => seen.length > 0);
      for (const [i, swap] of SWAPS.entries()) {
        const before = seen.at(-1);
        await swap(folder, pairs[(i + 1) % 2]!, i + 1);
        await until(() => seen.at(-1) !== before);
      }
    } finally {
      isOver = true;
      await Promise.all(workers);
      await fetch.close();
      await rm(folder, { recursive: true });
    }
    assertEquals(failures, []);
  },
);
