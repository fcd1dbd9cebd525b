/** What is looked at of `import.meta`, whose types differ from runtime to runtime. */
interface Meta {
  readonly url?: string;
  readonly main?: boolean;
}

/**
 * Starts the command line where `mod.ts` is the program that was started, rather than a part of one.
 *
 * In a bundle `import.meta` is that of the whole bundle, whose name tells it apart; a Worker has none.
 * The command line's own name is put together here, so that no bundler finds it: it would become part
 * of every program that holds the library, and its `node:` imports would be asked for at the start,
 * which some edge runtimes do not survive.
 */
export function startIfMain(meta: object): void {
  const { url = "", main }: Meta = meta;
  const [, folder, extension] = /^(.*\/)mod(\.[jt]s)$/.exec(url) ?? [];
  if (folder === undefined || !(main ?? isNodeScript(url))) return;
  const cli = `${folder}lib/cli${extension}`;
  import(cli).then(({ main }: typeof import("./cli.ts")) => main());
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
