/**
 * The program that `scripts/renewal.ts` runs on each runtime: it keeps requests in flight with a
 * certificate in files, until the server says that it is over. The task comes in the variable
 * `MC_MTLS_RENEWAL`. It closes nothing, and must end by itself.
 */
import process from "node:process";
import { createMcFetch, fromFiles } from "../mod.ts";

/** Task of a client. */
export interface RenewalTask {
  readonly url: string;
  /** The folder with `tls.crt` and `tls.key`, perhaps behind a symbolic link. */
  readonly live: string;
  readonly ca: string;
  readonly inFlight: number;
  /** The option `refresh`, in milliseconds. */
  readonly refresh: number;
}

/** Result of the task. */
export interface RenewalResult {
  readonly requests: number;
  /** Failed requests, by their error. */
  readonly failures: Record<string, number>;
  /** Requests by the common name that the server saw. */
  readonly seen: Record<string, number>;
  /** What `onRefreshError` got, by its code. */
  readonly told: Record<string, number>;
  /** The time when the last request was answered, from `Date.now()`. */
  readonly settledAt: number;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

async function work({ url, live, ca, inFlight, refresh }: RenewalTask): Promise<void> {
  const failures: Record<string, number> = {};
  const seen: Record<string, number> = {};
  const told: Record<string, number> = {};
  const files = { cert: `${live}/tls.crt`, key: `${live}/tls.key`, extraCa: ca };
  const fetch = createMcFetch(fromFiles(files), {
    refresh,
    onRefreshError: (error) => count(told, (error as { code?: string }).code ?? String(error)),
  });
  let requests = 0;
  let isOver = false;
  const worker = async () => {
    while (!isOver) {
      const init = ++requests % 3 === 0 ? { method: "POST", body: "once" } : undefined;
      try {
        const response = await fetch(url, init);
        const name = await response.text();
        isOver ||= response.headers.has("x-over");
        if (response.status === 200) count(seen, name);
        else count(failures, `status ${response.status}`);
      } catch (error) {
        count(failures, String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const result: RenewalResult = { requests, failures, seen, told, settledAt: Date.now() };
  console.log(`RESULT ${JSON.stringify(result)}`);
}

await work(JSON.parse(process.env.MC_MTLS_RENEWAL ?? "{}"));
