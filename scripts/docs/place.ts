/**
 * The folder in which the pages' programs and commands run: the package, installed by npm, and for
 * each page a folder with the files of the sandbox.
 *
 * @module
 */
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { PASSPHRASE } from "../../lib/sandbox/identities.ts";
import type { OpenSandbox } from "../../lib/sandbox/open.ts";
import { type Outcome, ROOT, run } from "../runtimes.ts";

/** The folder of the packages that the pages use beside the library. */
const PACKAGES = join(ROOT, "scripts", "docs");

/** The time limit of a program or a command, in milliseconds. */
const TIMEOUT = 180_000;

/** The servers of the pages. The sandbox stands in for them. */
const SERVERS = /https:\/\/(?:mtf\.)?services\.mastercard\.com/g;
const HOSTS = /\b(?:mtf\.)?services\.mastercard\.com/g;

/** The folder of one page. */
export interface PagePlace {
  readonly folder: string;
  readonly sandbox: OpenSandbox;
  /** Maps ports, absolute paths and, except offline, the hosts of a page to those of this place. */
  map(text: string, isOffline?: boolean): string;
  /** The environment of programs and commands. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a line of a shell in the folder. */
  run(line: string, env?: Readonly<Record<string, string>>, cwd?: string): Promise<Outcome>;
}

/** The folder of all pages. */
export interface Place {
  /** Makes the folder of a page. */
  make(page: string): Promise<PagePlace>;
  /** Removes everything. */
  remove(): Promise<void>;
}

/** Installs the package and the others, and returns the folder. */
export async function makePlace(tarball: string, sandbox: OpenSandbox): Promise<Place> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "mc-mtls-docs-")));
  for (const name of ["package.json", "package-lock.json"]) {
    await cp(join(PACKAGES, name), join(root, name));
  }
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  for (const args of [["ci"], ["install", "--no-save", "--no-package-lock", tarball]]) {
    const { code, output } = await run("npm", [...args, ...quiet], {}, undefined, root);
    if (code !== 0) throw new Error(`npm ${args[0]} ended with ${code}:\n${output}`);
  }
  return {
    make: (page) => makePage(root, page, sandbox),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function makePage(root: string, page: string, sandbox: OpenSandbox): Promise<PagePlace> {
  const folder = join(root, page.replaceAll(/\W/g, "_"));
  await cp(sandbox.directory, folder, { recursive: true });
  for (const [path, file] of Object.entries(SECRETS)) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await cp(join(folder, file), join(folder, path));
  }
  await writeFile(join(folder, "run", "secrets", "passphrase"), `${PASSPHRASE}\n`);
  const port = await findPort();
  const ca = join(sandbox.directory, "ca.pem");
  const variables = {
    NODE_EXTRA_CA_CERTS: ca,
    DENO_CERT: ca,
    npm_config_update_notifier: "false",
    DENO_NO_UPDATE_CHECK: "1",
    PATH: [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter),
  };
  return {
    folder,
    sandbox,
    env: variables,
    map: (text, isOffline = false) =>
      (isOffline ? text : text.replaceAll(SERVERS, sandbox.origin).replaceAll(HOSTS, "localhost"))
        .replaceAll(/\b3000\b/g, String(port))
        .replaceAll(/(?<=["'\s=:])\/(?=(?:run\/secrets|etc\/client)\b)/g, `${folder}/`)
        // The package is not on JSR.
        .replaceAll("jsr:@acme/mc-mtls/cli", join(ROOT, "lib", "cli", "main.ts"))
        .replaceAll("jsr:@acme/mc-mtls", "npm:@acme/mc-mtls"),
    run: (line, env = {}, cwd = folder) =>
      run("bash", ["-euo", "pipefail", "-c", line], { ...variables, ...env }, TIMEOUT, cwd),
  };
}

/** The files of secrets, and the files of the sandbox in their place. */
const SECRETS: Readonly<Record<string, string>> = {
  "run/secrets/client.p12": "client.p12",
  "etc/client/tls.crt": "client.pem",
  "etc/client/tls.key": "client.key",
};

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}
