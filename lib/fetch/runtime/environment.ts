/**
 * The environment.
 *
 * @module
 */

/** The parts of `process` and `Deno` that are used. Nothing is imported: other runtimes lack it. */
interface Globals {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly execArgv?: readonly string[];
    readonly allowedNodeEnvironmentFlags?: ReadonlySet<string>;
  };
  readonly Deno?: {
    readonly env: { get(name: string): string | undefined };
    readonly permissions: {
      querySync(permission: { name: "env"; variable: string }): { readonly state: string };
    };
  };
}

/** Reads a variable. On Deno, without the permission to do so, it is undefined. */
export function readEnvironment(name: string): string | undefined {
  const { Deno, process } = globalThis as Globals;
  if (Deno === undefined) return process?.env?.[name];
  return isReadable(name) ? Deno.env.get(name) : undefined;
}

/** True if Deno lets the program read a variable. Reading it otherwise would ask the user. */
export function isReadable(variable: string): boolean {
  const { Deno } = globalThis as Globals;
  return Deno?.permissions.querySync({ name: "env", variable }).state === "granted";
}

let isForced = false;

/** Lets Node read the environment without its switch, as commands do everywhere. */
export function useEnvironmentProxy(): void {
  isForced = true;
}

/**
 * True if Node takes a proxy from the environment: with `--use-env-proxy` in the arguments or in
 * `NODE_OPTIONS`, or with the variable.
 */
export function isEnvironmentUsed(): boolean {
  if (isForced) return true;
  const { env = {}, execArgv = [], allowedNodeEnvironmentFlags } =
    (globalThis as Globals).process ?? {};
  const options = [...(env.NODE_OPTIONS ?? "").split(/\s+/), ...execArgv];
  const last = options.findLast((option) => /^--(no-)?use-env-proxy$/.test(option));
  if (last !== undefined) return last === "--use-env-proxy";
  return env.NODE_USE_ENV_PROXY === "1" &&
    allowedNodeEnvironmentFlags?.has("--use-env-proxy") === true;
}
