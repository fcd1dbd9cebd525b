/**
 * The matrix: which requests are sent, how many at once, by whom, and for how long.
 *
 * @module
 */
import type { Job } from "./protocol.ts";

/** One kind of request, and how many of them are in flight. */
export interface Case {
  /** Such as "GET 200 B". */
  readonly request: string;
  readonly inFlight: number;
}

/** Someone who sends requests, and the cases in which. */
export interface Contender {
  readonly name: string;
  /** True if it takes part in a case of a full run. */
  readonly isIn: (one: Case, hasCa: boolean) => boolean;
  /** True if it takes part in a quick run, too. */
  readonly isInQuick: (hasCa: boolean) => boolean;
}

const IN_FLIGHT = [1, 16, 64];

/** What a POST sends: the size of a usual API call. */
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

/** With `ca`, a request costs more (Bun) or a connection does (Node); large bodies do not. */
function isMain({ request }: Case, hasCa: boolean): boolean {
  return !hasCa || !/[kM]B$/.test(request);
}

/** 64 downloads of 10 MB take a second and more, so only those with something to show do them. */
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

/** Another client on Node, where `ca` makes no difference between them. */
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

/** Who takes part on each runtime. The first is the baseline. */
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

/** Returns how often and how long, in milliseconds, each contender floods the server in a case. */
export function planFloods(
  { request, inFlight }: Case,
  isQuick: boolean,
): { readonly rounds: number; readonly time: number } {
  if (!isLight({ request, inFlight })) return { rounds: 3, time: 1 };
  return isQuick ? { rounds: 5, time: 60 } : { rounds: 7, time: 100 };
}
