/**
 * The environment on Node and Bun, and the proxy that it names, by Node's rules.
 *
 * @module
 */

/** The part of `process` that is used here. Nothing is imported, since other runtimes lack it. */
interface Process {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly execArgv?: readonly string[];
  readonly allowedNodeEnvironmentFlags?: ReadonlySet<string>;
}

function getProcess(): Process {
  return (globalThis as { process?: Process }).process ?? {};
}

/** Reads a variable. */
export function readEnvironment(name: string): string | undefined {
  return getProcess().env?.[name];
}

/**
 * Returns the proxy that Node's own `fetch` would use for this server: one of the environment's if
 * Node was told to look there, and none otherwise.
 */
export function environmentProxy(hostname: string, port: number): string | undefined {
  return isEnvironmentUsed() ? findEnvironmentProxy(hostname, port) : undefined;
}

/** Returns the proxy that the environment names for this server, by Node's rules. */
export function findEnvironmentProxy(hostname: string, port: number): string | undefined {
  const proxy = readEither("https_proxy") ?? readEither("http_proxy");
  if (!proxy || isExempt(hostname, port, readEither("no_proxy") ?? "")) return undefined;
  return proxy;
}

/** True with `--use-env-proxy`, in the arguments or `NODE_OPTIONS`, or with the variable. */
function isEnvironmentUsed(): boolean {
  const { env = {}, execArgv = [], allowedNodeEnvironmentFlags } = getProcess();
  const options = [...(env.NODE_OPTIONS ?? "").split(/\s+/), ...execArgv];
  const last = options.findLast((option) => /^--(no-)?use-env-proxy$/.test(option));
  if (last !== undefined) return last === "--use-env-proxy";
  return env.NODE_USE_ENV_PROXY === "1" &&
    allowedNodeEnvironmentFlags?.has("--use-env-proxy") === true;
}

/** The lower case overrides the upper case, as in Node. */
function readEither(name: string): string | undefined {
  return readEnvironment(name) ?? readEnvironment(name.toUpperCase());
}

/** True if the list has the host, with the hosts below it and perhaps only one port; or `*`. */
function isExempt(hostname: string, port: number, list: string): boolean {
  return list.toLowerCase().split(/[,\s]+/).some((entry) => {
    if (entry === "*") return true;
    const [, host = "", onlyPort] = /^(?:\*?\.)?(.+?)(?::(\d+))?$/.exec(entry) ?? [];
    if (host === "" || (onlyPort !== undefined && Number(onlyPort) !== port)) return false;
    return hostname === host || hostname.endsWith(`.${host}`);
  });
}
