/**
 * `createMcAgent`: an `https.Agent` with a client certificate, for clients that take no `fetch`.
 *
 * A client follows redirects itself, with the agent. So the agent connects only to the origins that
 * it was made for.
 *
 * @module
 */
import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import { findBuiltin } from "../builtin.ts";
import { invalidArgument, McFetchError } from "../errors.ts";
import {
  type Credentials,
  type FixedCredentials,
  readCredentials,
} from "../identity/credentials.ts";
import { mapErrors } from "./agent_errors.ts";
import {
  type AgentConnections,
  makeConnections,
  missingOrigins,
  type SocketOptions,
} from "./agent_connections.ts";
import { checkOptions, DEFAULTS, RENEWAL_OPTIONS, type RenewalOptions } from "./options.ts";
import { unsupportedRuntime } from "./runtime/client.ts";
import { isPromise } from "./runtime/native.ts";
import { failureOf } from "./runtime/socket_failures.ts";
import type { Session } from "./session.ts";

/**
 * An `https.Agent` of Node that presents a client certificate. Its type is that of `node:https` if
 * the types of Node are installed; `node:http` has a class of that name too, and `METHODS`.
 */
export type McAgent = typeof globalThis extends {
  process: { getBuiltinModule: { (id: "https"): infer Module; (id: string): object | undefined } };
}
  ? Exclude<Extract<Module, { Agent: unknown }>, { METHODS: unknown }> extends
    { Agent: new (...args: never[]) => infer Agent } ? Agent
  : never
  : {
    /** Closes all connections. */
    destroy(): void;
  };

type Https = typeof import("node:https");

const ACTION = "make the agent";

/**
 * Returns an `https.Agent` that presents a client certificate, for clients that take no `fetch`:
 * `https.request`, axios, got, superagent, node-fetch, and OpenAPI Generator's `javascript`,
 * `typescript-axios`, `typescript-node` and `typescript-nestjs`. Works on Node, Deno and Bun.
 *
 * The agent connects only to the `origins` of the credentials, which are required: an agent sees no
 * redirects, and these clients would take the certificate to any host that a redirect names. A
 * request to another origin fails with `origin_not_allowed`, and one over `http:` with
 * `insecure_url`, before a connection is opened. Failures are those of `mcFetch`, with the same
 * codes, as far as the client hands them on.
 *
 * Connections are kept and shared. Credentials may be a function, as for `createMcFetch`. If the
 * server rejects the certificate in the handshake, the function is called at once. A request is not
 * sent again, since that is up to the client.
 *
 * @param credentials The certificate to present, with `origins`; no `fetcher`
 * @param options How the certificate is renewed, and what to tell about it
 * @returns The agent; call its `destroy()` when it is not needed any more
 * @throws {McFetchError} `invalid_argument` if a part is missing or unknown; `unsupported_runtime`
 * if the runtime has no `node:https`
 *
 * @example Hand it to axios
 * ```ts no-eval
 * import { createMcAgent, fromFiles } from "@acme/mc-mtls";
 *
 * const httpsAgent = createMcAgent(fromFiles({
 *   pfx: "client.p12",
 *   passphraseFile: "/run/secrets/p12",
 *   origins: ["https://mtf.services.mastercard.com"],
 * }));
 * console.log(typeof httpsAgent.destroy); // axios.create({ httpsAgent })
 * ```
 */
export function createMcAgent(credentials: Credentials, options?: RenewalOptions): McAgent {
  const { Agent } = findHttps();
  const checked = options === undefined
    ? DEFAULTS
    : checkOptions(ACTION, options, RENEWAL_OPTIONS, typeof credentials === "function");
  if (typeof credentials !== "function") checkFixed(credentials);
  const connections = makeConnections(credentials, checked);
  return new (makeAgentClass(Agent, connections))() as unknown as McAgent;
}

function findHttps(): Https {
  const { navigator } = globalThis as { navigator?: { readonly userAgent?: string } };
  const isWorker = navigator?.userAgent === "Cloudflare-Workers";
  const https = isWorker ? undefined : findBuiltin("node:https");
  if (https !== undefined) return https;
  throw unsupportedRuntime("there is no node:https, which an agent needs; use createMcFetch");
}

function checkFixed(credentials: FixedCredentials): void {
  const { files, origins } = readCredentials(credentials);
  if (files === undefined) throw invalidArgument(ACTION, "an agent cannot use a fetcher");
  if (origins === undefined) throw missingOrigins();
}

/** What `node:http` calls and its types lack. */
interface AgentMethods {
  addRequest(request: ClientRequest, options: RequestOptions): void;
  /** False if a connection is not kept for more requests. */
  keepSocketAlive?(socket: Socket): boolean | void;
}

/** The options of a request, as `node:http` passes them on to the agent. */
interface RequestOptions extends SocketOptions {
  /** What the request is sent with, or why it is not sent. */
  mcFetch?: Session | Failure;
}

/** The reason why a request is not sent. */
interface Failure {
  readonly failure: unknown;
}

/** A function of the caller's may throw anything. */
function toFailure(failure: unknown): Error {
  if (failure instanceof Error) return failure;
  const message = "Cannot use the credentials: their function threw something else than an Error";
  return new McFetchError("credentials_unavailable", message, { cause: failure });
}

/** The callback of `createConnection`. */
type Answer = (error: unknown, socket?: Socket) => void;

type AgentClass = Https["Agent"];

/** Makes the class. Its parent is known only when an agent is made. */
function makeAgentClass(Agent: AgentClass, connections: AgentConnections): AgentClass {
  const parent = Agent.prototype as unknown as AgentMethods;
  let current: Session | undefined;
  let count = 0;
  const names = new WeakMap<object, string>();

  const createConnection = (options: RequestOptions, answer: Answer): void => {
    const { mcFetch = { failure: new TypeError("the request did not go through the agent") } } =
      options;
    const opened = "failure" in mcFetch
      ? Promise.reject(mcFetch.failure)
      : connections.open(mcFetch, options);
    opened.then((socket) => answer(null, socket), (error) => answer(error));
  };

  return class McAgent extends Agent implements AgentMethods {
    constructor() {
      super({ keepAlive: true });
      const keep = (parent.keepSocketAlive ?? (() => true)).bind(this);
      // Versions of Node declare these in different ways, so they are no methods of the class.
      Object.assign(this, {
        // With a protocol, Node would reject an http: request with an error of its own.
        protocol: undefined,
        keepSocketAlive: (socket: Socket) =>
          current !== undefined && connections.isOf(socket, current) && keep(socket) !== false,
        createConnection,
      });
    }

    addRequest(request: ClientRequest, options: RequestOptions): void {
      let ours: unknown;
      mapErrors(request, async (error) => {
        if (error === ours) return error; // of the function that returns the credentials
        return await connections.toError(error, options, request.socket);
      });
      request.once("socket", (socket) => {
        // On Deno, the end of a connection may come before the request listens to it.
        const failure = failureOf(socket);
        if (failure !== undefined) request.emit("error", failure);
      });
      const add = (mcFetch: Session | Failure) => {
        if (!("failure" in mcFetch)) this.#use(mcFetch);
        parent.addRequest.call(this, request, { ...options, mcFetch });
      };
      const fail = (failure: unknown) => add({ failure: ours = toFailure(failure) });
      if (request.protocol !== "https:") {
        const message = "Cannot send the request: its URL is not https:; correct the URL";
        return fail(new McFetchError("insecure_url", message));
      }
      try {
        const session = connections.current();
        if (isPromise(session)) session.then(add, fail);
        else add(session);
      } catch (error) {
        fail(error);
      }
    }

    /** Free connections of an earlier certificate are closed. */
    #use(session: Session): void {
      if (session === current) return;
      current = session;
      for (const socket of Object.values(this.freeSockets).flat()) {
        if (socket !== undefined && !connections.isOf(socket, session)) socket.destroy();
      }
    }

    /** Connections are shared by requests with the same certificate. */
    override getName(options: RequestOptions): string {
      const { mcFetch = options } = options;
      const name = names.get(mcFetch) ?? String(++count);
      names.set(mcFetch, name);
      return `${super.getName(options)}:mc-mtls-${name}`;
    }
  } as unknown as AgentClass;
}
