/**
 * Runs the examples against the local sandbox, on Node, Deno and Bun: `npm run test:clients`.
 * Generates the clients first, with the real generators. Skips by name what is not available.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CACHE, findRuntimes, ROOT, run, type Runtime } from "./runtimes.ts";
import { printCounts, runOrSkip, runOrThrow, show, Skip, TIMEOUT } from "./show.ts";

const EXAMPLES = join(ROOT, "examples");
const GENERATED = join(EXAMPLES, "generated");
const GENERATOR = "7.25.0";
const JAR = join(CACHE, `openapi-generator-cli-${GENERATOR}.jar`);

type Environment = Record<string, string>;

/** Example of the folder `examples`. */
interface Example {
  readonly file: string;
  /** The text that the example must print. */
  readonly prints: string;
  /** The program or package that the example needs besides `examples/package.json`. */
  readonly needs?: { readonly name: string; readonly install: () => Promise<void> };
  /** A program that fails on a runtime where the example's library does not work; the reason. */
  readonly probe?: { readonly program: string; readonly reason: string };
}

const PETS = `Bella, CAT
Charlie, DOG
Olive was added, and removed again
Then: RESOURCE_NOT_FOUND
`;

const examples: readonly Example[] = [
  {
    file: "openapi_generator.ts",
    needs: { name: `OpenAPI Generator ${GENERATOR}`, install: generateWithJava },
    prints: PETS,
  },
  {
    file: "openapi_fetch.ts",
    needs: { name: "openapi-typescript", install: () => generate("openapi-typescript") },
    prints: PETS,
  },
  {
    file: "hey_api.ts",
    needs: { name: "@hey-api/openapi-ts", install: () => generate("hey-api") },
    prints: PETS,
  },
  {
    file: "oauth1.ts",
    prints: `200 {"query":"?status=AVAILABLE&name=Lady%20Bella&name=B%2B","body":""}
201 {"query":"","body":"{\\"name\\":\\"Zoë\\"}"}
`,
  },
  {
    file: "oauth2.ts",
    needs: {
      name: "@mastercard/oauth2-client-js",
      install: () =>
        runOrSkip("npm", inExamples("install", "--no-save", "@mastercard/oauth2-client-js")),
    },
    prints: `200 [{"name":"Bella"}]\n`,
  },
  {
    file: "encryption.ts",
    prints: `201 {"cardholder":"Zoë Müller","lastFour":"1115"}\n`,
    probe: {
      program: `import { createCipheriv } from "node:crypto";
                createCipheriv("AES-256-GCM", new Uint8Array(32), new Uint8Array(16));`,
      reason:
        "mastercard-client-encryption needs the name AES-256-GCM, which this runtime does not know",
    },
  },
];

/** The flags with which each runtime runs a file, and a program. */
const FLAGS: Record<string, { readonly file: string[]; readonly program: string[] }> = {
  Node: { file: ["--import", "tsx"], program: ["--input-type=module", "--eval"] },
  Deno: { file: ["run", "--allow-all"], program: ["eval"] },
  Bun: { file: ["run"], program: ["--eval"] },
};

function inExamples(...args: string[]): string[] {
  return ["--prefix", EXAMPLES, "--loglevel=error", ...args]; // `npm run -s` would silence npm
}

async function generate(generator: string): Promise<void> {
  await runOrThrow("npm", inExamples("run", `generate:${generator}`), {
    OPENAPI_GENERATOR_JAR: JAR,
  });
}

async function generateWithJava(): Promise<void> {
  await runOrSkip("java", ["-version"]);
  if (!existsSync(JAR)) {
    const artifact = `-Dartifact=org.openapitools:openapi-generator-cli:${GENERATOR}:jar`;
    await runOrSkip("mvn", ["-B", "-q", "dependency:copy", artifact, `-DoutputDirectory=${CACHE}`]);
  }
  await generate("openapi-generator");
}

/** Checks the types of the sandbox and of the examples that can run. */
async function checkTypes(ready: readonly Example[]): Promise<void> {
  const include = ["../sandbox", "../*.config.ts", ...ready.map(({ file }) => `../${file}`)];
  const config = JSON.stringify({ extends: "../tsconfig.json", include });
  await writeFile(join(GENERATED, "tsconfig.json"), config);
  await runOrThrow(join(EXAMPLES, "node_modules", ".bin", "tsc"), ["--project", GENERATED]);
}

async function runExample(
  { file, prints, probe }: Example,
  { name, command }: Runtime,
  env: Environment,
): Promise<void> {
  const flags = FLAGS[name]!;
  if (probe !== undefined) {
    const { code } = await run(command, [...flags.program, probe.program], {}, TIMEOUT);
    if (code !== 0) throw new Skip(probe.reason);
  }
  const printed = await runOrThrow(command, [...flags.file, join(EXAMPLES, file)], env);
  if (!printed.includes(prints)) throw new Error(`it printed\n${printed}instead of\n${prints}`);
}

async function runAll(ready: readonly Example[]): Promise<void> {
  const sandbox = fork(join(EXAMPLES, "sandbox", "mod.ts"), { execArgv: ["--import", "tsx"] });
  try {
    const [env] = await Promise.race([once(sandbox, "message"), once(sandbox, "exit")]);
    if (!sandbox.connected) throw new Error("The examples' sandbox did not start");
    await show("The sandbox rejects wrong calls", async () => {
      const file = join(EXAMPLES, "sandbox", "refusals_test.ts");
      await runOrThrow(process.execPath, ["--import", "tsx", "--test", file], env);
    });
    const runtimes = await findRuntimes();
    for (const name of Object.keys(FLAGS)) {
      const runtime = runtimes.get(name);
      for (const example of ready) {
        await show(`${example.file} on ${name} ${runtime?.version ?? ""}`.trim(), async () => {
          if (runtime === undefined) throw new Skip("not installed");
          await runExample(example, runtime, env);
        });
      }
    }
  } finally {
    if (sandbox.connected) sandbox.disconnect();
  }
}

async function main(): Promise<void> {
  await rm(GENERATED, { recursive: true, force: true });
  await mkdir(GENERATED, { recursive: true });
  const hasPackages = await show(
    "The examples' packages",
    () => runOrSkip("npm", inExamples("ci")),
  );
  const ready: Example[] = [];
  for (const example of examples) {
    const { file, needs } = example;
    const isReady = hasPackages && needs === undefined ||
      await show(needs === undefined ? file : `${needs.name}, for ${file}`, async () => {
        if (!hasPackages) throw new Skip("the examples' packages are not installed");
        await needs?.install();
      });
    if (isReady) ready.push(example);
  }
  if (hasPackages) {
    await show("The examples' types", () => checkTypes(ready));
    await runAll(ready);
  }
  printCounts();
}

await main();
