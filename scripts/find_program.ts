/**
 * Finds the program of a command on Windows. npm's commands are `.cmd` files there, which only a
 * shell can start; a shell would also read the arguments.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";

/** Program and its arguments, as `spawn` needs them. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** Returns the program that a command starts. `folders` are those of the PATH. */
export function findProgram(
  command: string,
  args: readonly string[],
  folders: readonly string[],
  platform: NodeJS.Platform = process.platform,
): Program {
  if (platform !== "win32" || command.includes("/") || command.includes("\\")) {
    return { command, args };
  }
  if (command === "npm" || command === "npx") {
    return { command: process.execPath, args: [join(findNpm(), `${command}-cli.js`), ...args] };
  }
  for (const folder of folders) {
    if (existsSync(join(folder, `${command}.exe`))) break; // `spawn` finds it
    const target = readShim(join(folder, `${command}.cmd`));
    if (target === undefined) continue;
    if (target.endsWith(".exe")) return { command: target, args };
    return { command: process.execPath, args: [target, ...args] };
  }
  return { command, args };
}

/** Returns the folder of npm's programs: of the npm that runs this, or of the one beside Node. */
function findNpm(): string {
  const running = process.env.npm_execpath;
  if (running !== undefined && /[\\/]npm-cli\.js$/.test(running)) return dirname(running);
  return join(dirname(process.execPath), "node_modules", "npm", "bin");
}

/** Returns the file that one of npm's `.cmd` files starts. Other `.cmd` files are not supported. */
function readShim(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const [, target] = /"%dp0%\\([^"]+)"\s+%\*/.exec(readFileSync(path, "utf8")) ?? [];
  return target && resolve(dirname(path), target.replaceAll("\\", "/"));
}
