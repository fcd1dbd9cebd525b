/**
 * A client of Node with its test server, for tests that run on Node only.
 *
 * @module
 */
import type { TLSSocket } from "node:tls";
import type {
  Client,
  ClientSettings,
  HopBody,
  HopRequest,
} from "../../lib/fetch/runtime/client.ts";
import { openNodeClient } from "../../lib/fetch/runtime/node.ts";
import { testExceptOn } from "./context.ts";
import { type Identities, issueIdentities, type RawRequest } from "./raw_server.ts";
import { type RawServer, startRawServer, type Step } from "./raw_server.ts";

/** What a test asks for; the rest has defaults. */
export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: HopRequest["headers"];
  readonly body?: HopBody;
  readonly signal?: AbortSignal;
}

/** A client and the server that it talks to. */
export interface Bench {
  readonly client: Client;
  readonly server: RawServer;
  readonly identities: Identities;
  /** Sends a request to the server. */
  send(ask?: Ask): Promise<Response>;
}

/** The kind of the test's keys, as a client's settings describe it. */
export const RSA_KEY: Pick<ClientSettings, "keyKind" | "isUsual"> = {
  keyKind: { family: "RSA", scheme: "RSA", bits: 2048, primes: 2, publicExponent: 65537n },
  isUsual: true,
};

let identities: Promise<Identities> | undefined;

/** Issues the certificates once for each file of tests. */
export function getIdentities(): Promise<Identities> {
  return identities ??= issueIdentities();
}

/** Opens a client that trusts the test servers. */
export async function openClient(): Promise<Client> {
  const { ca, client: { cert, key } } = await getIdentities();
  return await openNodeClient({ cert, key, ...RSA_KEY, extraCa: [ca] });
}

const ELSEWHERE = "it is about the client of Node";

/** Registers a test of the client of Node. */
export function testOnNode(name: string, body: () => Promise<void>): void {
  testExceptOn({ deno: ELSEWHERE, bun: ELSEWHERE, workerd: ELSEWHERE }, name, body);
}

/** Registers a test with a server that answers as `answer` says. */
export function testHop(
  name: string,
  answer: (request: RawRequest, socket: TLSSocket) => readonly Step[] | void,
  body: (bench: Bench) => Promise<void>,
  options: Parameters<typeof startRawServer>[2] = {},
): void {
  testOnNode(name, async () => {
    const identities = await getIdentities();
    const server = await startRawServer(identities, answer, options);
    const client = await openClient();
    const send = ({ method = "GET", path = "/", headers = [], body = null, signal }: Ask = {}) =>
      client.send({ method, url: new URL(path, server.origin), headers, body, signal });
    try {
      await body({ client, server, identities, send });
    } finally {
      client.close();
      server.close();
    }
  });
}

/** An answer of 200 with this body. */
export function ok(body: string, ...lines: readonly string[]): Step[] {
  const headers = [`content-length: ${body.length}`, ...lines].join("\r\n");
  return [`HTTP/1.1 200 OK\r\n${headers}\r\n\r\n${body}`];
}

/** Waits until something is so, two seconds at most. */
export async function until(isSo: () => boolean): Promise<boolean> {
  for (let turn = 0; turn < 200 && !isSo(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return isSo();
}

/** Waits some milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Collects garbage, on Node, several times with time in between. */
export async function collectGarbage(): Promise<void> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  for (let turn = 0; turn < 5; turn++) {
    collect();
    await sleep(15);
  }
}
