/**
 * The matrix of the benchmark: requests, requests in flight, contenders, and durations.
 *
 * @module
 */
import type { Job } from "./protocol.ts";

/** Kind of request, and the number of requests in flight. */
export interface Case {
  /** The kind of request, such as "GET 200 B". */
  readonly request: string;
  readonly inFlight: number;
}

/** Sender of requests, and the cases of that sender. */
export interface Contender {
  readonly name: string;
  /** True for the cases of the contender in a full run. */
  readonly isIn: (one: Case, hasCa: boolean) => boolean;
  /** True if the contender is also in a quick run. */
  readonly isInQuick: (hasCa: boolean) => boolean;
}

const IN_FLIGHT = [1, 16, 64];

/** The body of a POST. Its size is that of a usual API call. */
const PET = { name: "Bella", kind: "CAT", born: "2019-04-01", notes: ["vaccinated", "shy"] };

/** The kinds of requests, by their names. */
const REQUESTS: Readonly<Record<string, Omit<Job, "url"> & { readonly path: string }>> = {
  "GET 200 B": { path: "/small", read: "json" },
  "POST JSON": { path: "/echo", read: "json", body: PET },
  "GET 100 kB": { path: "/100kB", read: "bytes" },
  "GET 10 MB": { path: "/10MB", read: "stream" },
};

/** Every case. */
export const CASES: readonly Case[] = Object.keys(REQUESTS).flatMap((request) =>
  IN_FLIGHT.map((inFlight) => ({ request, inFlight }))
);

/** The cases of a quick run. */
export const QUICK_CASES: readonly Case[] = CASES.filter(({ request, inFlight }) =>
  inFlight === 16 ? request !== "GET 10 MB" : inFlight === 1 && request === "GET 200 B"
);

/** Makes the job of a kind of request. */
export function makeJob(request: string, origin: string): Job {
  const { path, ...job } = REQUESTS[request]!;
  return { url: origin + path, ...job };
}

/**
 * True without `ca`, and for small bodies. `ca` makes requests (Bun) or connections (Node) slower.
 */
function isMain({ request }: Case, hasCa: boolean): boolean {
  return !hasCa || !/[kM]B$/.test(request);
}

/** False for 64 downloads of 10 MB, which take more than a second. */
function isLight({ request, inFlight }: Case): boolean {
  return request !== "GET 10 MB" || inFlight < 64;
}

function isSmallest({ request }: Case): boolean {
  return request === "GET 200 B";
}

const ALWAYS = () => true;
const NEVER = () => false;
const unlessCa = (hasCa: boolean) => !hasCa;

function main(name: string, isInQuick: (hasCa: boolean) => boolean = ALWAYS): Contender {
  return { name, isIn: isMain, isInQuick };
}

/** Makes another client on Node. `ca` makes no difference between these. */
function peer(name: string): Contender {
  return { name, isIn: (one, hasCa) => !hasCa && isLight(one), isInQuick: NEVER };
}

const OURS: readonly Contender[] = [
  main("createMcFetch"),
  ...["mcFetch, same object", "mcFetch, equal object"].map((name): Contender => ({
    name,
    isIn: (one, hasCa) => isMain(one, hasCa) && isLight(one),
    isInQuick: unlessCa,
  })),
];

/** The contenders on each runtime. The first one is the baseline. */
export const CONTENDERS: Readonly<Record<"Node" | "Deno" | "Bun", readonly Contender[]>> = {
  Node: [
    main("fetch + Agent"),
    ...OURS,
    {
      name: "undici.request",
      isIn: (_, hasCa) => !hasCa,
      isInQuick: unlessCa,
    },
    ...["undici.fetch", "https.request", "axios", "got", "node-fetch"].map(peer),
    { name: "fetch + Agent per call", isIn: isSmallest, isInQuick: NEVER },
  ],
  Deno: [
    main("fetch + createHttpClient"),
    ...OURS,
    main("fetch, http2: false", unlessCa),
  ],
  Bun: [
    main("fetch + tls"),
    ...OURS,
    {
      name: "fetch + tls, that ca only",
      isIn: (one, hasCa) => hasCa && isMain(one, hasCa),
      isInQuick: (hasCa) => hasCa,
    },
  ],
};

/** Returns the number of floods of each contender in a case, and their length in milliseconds. */
export function planFloods(
  { request, inFlight }: Case,
  isQuick: boolean,
): { readonly rounds: number; readonly time: number } {
  if (!isLight({ request, inFlight })) return { rounds: 3, time: 1 };
  return isQuick ? { rounds: 5, time: 60 } : { rounds: 7, time: 100 };
}
