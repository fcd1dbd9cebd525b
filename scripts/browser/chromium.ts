/**
 * Headless Chromium, driven by the DevTools protocol over a pipe.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { run } from "../runtimes.ts";
import { Skip } from "../show.ts";
import { openTab, type Tab } from "./tab.ts";

/** The names of the program. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

const ARGUMENTS = [
  "--headless=new",
  "--remote-debugging-pipe",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--hide-scrollbars",
];

/** The longest wait for an answer of Chromium, in milliseconds. */
const PATIENCE = 60_000;

/** Parameters or the result of a command. */
// deno-lint-ignore no-explicit-any
export type Values = Readonly<Record<string, any>>;

/** An event of a tab. */
export type Listener = (method: string, params: Values) => void;

/** Message of the protocol. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Values;
  readonly result?: Values;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

/** Sends a command, to the browser or to a tab. */
type Send = (
  method: string,
  params?: Values,
  sessionId?: string,
) => Promise<Values>;

/** Running Chromium. */
export interface Chromium {
  readonly version: string;
  /** Works in a new tab, and closes it. */
  inTab<Result>(work: (tab: Tab) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Starts Chromium with an empty profile. Throws a {@linkcode Skip} if it is not installed. */
export async function startChromium(): Promise<Chromium> {
  const { command, version } = await findChromium();
  const profile = await mkdtemp(join(tmpdir(), "mc-mtls-chromium-"));
  // Its sandbox does not work for root, as whom containers run. It opens only our own pages.
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const args = [
    ...ARGUMENTS,
    ...sandbox,
    `--user-data-dir=${profile}`,
    "about:blank",
  ];
  const child = spawn(command, args, {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const { send, listen } = connect(child);
  return {
    version,
    async inTab(work) {
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      try {
        const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
        const sendToTab: Tab["send"] = (method, params) => send(method, params, sessionId);
        return await work(await openTab(sendToTab, (listener) => listen(sessionId, listener)));
      } finally {
        await send("Target.closeTarget", { targetId });
      }
    },
    async close() {
      const ended = once(child, "exit");
      await send("Browser.close").catch(() => child.kill());
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function findChromium(): Promise<{ command: string; version: string }> {
  if (process.platform === "win32") {
    throw new Skip("its pipe needs other handles on Windows");
  }
  for (const command of NAMES) {
    const { code, output } = await run(command, ["--version"]);
    const version = /\d+\.\d+\.\d+\.\d+/.exec(output)?.[0];
    if (code === 0 && version !== undefined) return { command, version };
  }
  throw new Skip("Chromium is not installed");
}

/** Connects to the pipe: one message is one JSON text that ends with a zero byte. */
function connect(child: ChildProcess): {
  send: Send;
  listen: (sessionId: string, listener: Listener) => void;
} {
  const [, , , input, output] = child.stdio as unknown as [
    null,
    null,
    null,
    Writable,
    Readable,
  ];
  const waiting = new Map<number, (message: Message) => void>();
  const listeners = new Map<string, Listener>();
  let count = 0;
  let rest = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop() ?? "";
    for (const json of messages) {
      const message: Message = JSON.parse(json);
      const { id, method, params = {}, sessionId = "" } = message;
      if (id !== undefined) waiting.get(id)?.(message);
      else if (method !== undefined) listeners.get(sessionId)?.(method, params);
    }
  });
  input.on("error", () => {}); // the process ended
  child.once("exit", () => {
    const error = { message: "the process ended" };
    for (const answer of waiting.values()) answer({ error });
  });
  const send: Send = (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      const id = ++count;
      const fail = (why: string) => reject(new Error(`Chromium, ${method}: ${why}`));
      const timer = setTimeout(() => fail("no answer"), PATIENCE);
      waiting.set(id, ({ result = {}, error }) => {
        waiting.delete(id);
        clearTimeout(timer);
        if (error === undefined) resolve(result);
        else fail(error.message);
      });
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  return {
    send,
    listen: (sessionId, listener) => listeners.set(sessionId, listener),
  };
}
