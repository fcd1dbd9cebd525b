/** Runs a program in workerd, Cloudflare's runtime: a bundle with a configuration. */
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { CACHE, type Outcome, ROOT, run } from "./runtimes.ts";

/** Program for workerd. */
interface WorkerdProgram {
  /** The source of a module whose default export has a `test` method. */
  readonly source: string;
  /** The paths of modules that replace others. */
  readonly alias?: Record<string, string>;
  /** The origin that the bindings call, and the folder with the certificates. */
  readonly server: { readonly origin: string; readonly directory: string };
  /** The identities in that folder. The binding of the same name presents each. */
  readonly identities: readonly string[];
  /** The names of the environment variables that the program can read. */
  readonly env?: readonly string[];
  /** The folder whose files the program can read as `fixtures`. */
  readonly fixtures?: string;
}

/** Bundles the program and runs it with `workerd test`. */
export async function runWorkerd(
  name: string,
  program: WorkerdProgram,
  env: Record<string, string> = {},
): Promise<Outcome> {
  const folder = join(CACHE, "workerd", name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(program.server.directory, join(folder, "certificates"), {
    recursive: true,
  });
  await build({
    absWorkingDir: ROOT,
    stdin: { contents: program.source, resolveDir: ROOT, loader: "ts" },
    alias: program.alias ?? {},
    outfile: join(folder, "bundle.js"),
    bundle: true,
    format: "esm",
    target: "es2024",
    external: ["node:*", "esbuild"],
    define: { "import.meta.url": JSON.stringify("file:///bundle/tests/bundle.js") }, // workerd does not have this property
    logLevel: "silent",
  });
  const fixtures: string[] = [];
  if (program.fixtures !== undefined) {
    await cp(join(ROOT, program.fixtures), join(folder, "fixtures"), {
      recursive: true,
    });
    const found = await readdir(join(folder, "fixtures"), { recursive: true, withFileTypes: true });
    fixtures.push(
      ...found.filter((entry) => entry.isFile())
        .map((entry) => relative(join(folder, "fixtures"), join(entry.parentPath, entry.name)))
        .map((name) => name.replaceAll("\\", "/")), // on Windows
    );
  }
  const config = join(folder, "config.capnp");
  await writeFile(config, configure(program, fixtures));
  const { code, output } = await run("workerd", ["test", config], env);
  // workerd's own lines about start and end add nothing to the exit code.
  return {
    code,
    output: output.replaceAll(/^workerd\/.*\[ (TEST|PASS) \].*\n/gm, ""),
  };
}

/**
 * Writes the configuration. In workerd a client certificate belongs to a service for one server:
 * `external` with a `keypair`. A plain `fetch` uses the service `internet`. That service trusts the
 * server and has no certificate, so that the server would count a request sent by mistake.
 */
function configure(
  program: WorkerdProgram,
  fixtures: readonly string[],
): string {
  const { host, hostname } = new URL(program.server.origin);
  const trust = `trustedCertificates = [embed "certificates/ca.pem"]`;
  const services = program.identities.map((name) => `
    (name = "${name}", external = (
      address = "${host.replace("localhost", "127.0.0.1")}",
      https = (
        certificateHost = "${hostname}",
        tlsOptions = (
          keypair = (
            privateKey = embed "certificates/${name}.key",
            certificateChain = embed "certificates/${name}.pem",
          ),
          ${trust},
        ),
      ),
    )),`);
  const bindings = [
    ...program.identities.map((name) => `(name = "${name}", service = "${name}"),`),
    ...(program.env ?? []).map((name) => `(name = "${name}", fromEnvironment = "${name}"),`),
  ];
  const files = fixtures.map((name) =>
    `(name = "fixtures/${name}", data = embed "fixtures/${name}"),`
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      compatibilityDate = "2026-10-01",
      modules = [
        (name = "bundle.js", esModule = embed "bundle.js"),
        ${files.join("\n        ")}
      ],
      bindings = [
        ${bindings.join("\n        ")}
      ],
    )),
    (name = "internet", network = (allow = ["local"], tlsOptions = (${trust}))),
    ${services.join("")}
  ],
);
`;
}
