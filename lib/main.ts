/** What is looked at of `import.meta`, whose types differ from runtime to runtime. */
interface Meta {
  readonly url?: string;
  readonly main?: boolean;
}

/**
 * Tells whether this module is the program that was started, rather than a part of one: then it is
 * the command line. In a bundle `import.meta` is that of the whole bundle, whose name tells it apart;
 * a Worker has none.
 */
export function isMain(meta: object): boolean {
  const { url = "", main }: Meta = meta;
  if (!/\/mod\.[jt]s$/.test(url)) return false;
  return main ?? isNodeScript(url);
}

/** Node has `import.meta.main` since 24.2. Before, the script's path tells, once links are followed. */
function isNodeScript(url: string): boolean {
  const { process } = globalThis as {
    process?: Partial<Pick<typeof import("node:process"), "argv" | "getBuiltinModule">>;
  };
  const script = process?.argv?.[1];
  if (script === undefined || process?.getBuiltinModule === undefined) return false;
  try {
    const path = process.getBuiltinModule("node:fs").realpathSync(script);
    return process.getBuiltinModule("node:url").pathToFileURL(path).href === url;
  } catch {
    return false; // what was started is no file, as with `--eval`
  }
}
