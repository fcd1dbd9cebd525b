/**
 * Runs the examples against the local sandbox, on Node, Deno and Bun: `npm run test:clients`. The
 * clients are generated first, by the generators themselves. What cannot be had here is skipped by
 * name.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CACHE, findRuntimes, ROOT, run, type Runtime } from "./runtimes.ts";
import { bring, must, printCounts, show, Skip, TIMEOUT } from "./show.ts";

const EXAMPLES = join(ROOT, "examples");
const GENERATED = join(EXAMPLES, "generated");
const GENERATOR = "7.25.0";
const JAR = join(CACHE, `openapi-generator-cli-${GENERATOR}.jar`);

type Environment = Record<string, string>;

/** An example, and what it has to print. */
interface Example {
  readonly file: string;
  readonly prints: string;
  /** What it needs besides the packages of `examples/package.json`. */
  readonly needs?: { readonly name: string; readonly bring: () => Promise<void> };
  /** A program that fails where the example's library cannot work, and why that is. */
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
    needs: { name: `OpenAPI Generator ${GENERATOR}`, bring: generateWithJava },
    prints: PETS,
  },
  {
    file: "openapi_fetch.ts",
    needs: { name: "openapi-typescript", bring: () => generate("openapi-typescript") },
    prints: PETS,
  },
  {
    file: "hey_api.ts",
    needs: { name: "@hey-api/openapi-ts", bring: () => generate("hey-api") },
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
      bring: () => bring("npm", inExamples("install", "--no-save", "@mastercard/oauth2-client-js")),
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
        "mastercard-client-encryption asks for AES-256-GCM in capitals, which is unknown here",
    },
  },
];

/** How a runtime runs a file, and a program. */
const FLAGS: Record<string, { readonly file: string[]; readonly program: string[] }> = {
  Node: { file: ["--import", "tsx"], program: ["--input-type=module", "--eval"] },
  Deno: { file: ["run", "--allow-all"], program: ["eval"] },
  Bun: { file: ["run"], program: ["--eval"] },
};

function inExamples(...args: string[]): string[] {
  return ["--prefix", EXAMPLES, "--loglevel=error", ...args]; // `npm run -s` would silence it
}

async function generate(generator: string): Promise<void> {
  await must("npm", inExamples("run", `generate:${generator}`), { OPENAPI_GENERATOR_JAR: JAR });
}

async function generateWithJava(): Promise<void> {
  await bring("java", ["-version"]);
  if (!existsSync(JAR)) {
    const artifact = `-Dartifact=org.openapitools:openapi-generator-cli:${GENERATOR}:jar`;
    await bring("mvn", ["-B", "-q", "dependency:copy", artifact, `-DoutputDirectory=${CACHE}`]);
  }
  await generate("openapi-generator");
}

/** Checks the types of the sandbox, and of the examples that have what they need. */
async function checkTypes(ready: readonly Example[]): Promise<void> {
  const include = ["../sandbox", "../*.config.ts", ...ready.map(({ file }) => `../${file}`)];
  const config = JSON.stringify({ extends: "../tsconfig.json", include });
  await writeFile(join(GENERATED, "tsconfig.json"), config);
  await must(join(EXAMPLES, "node_modules", ".bin", "tsc"), ["--project", GENERATED]);
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
  const printed = await must(command, [...flags.file, join(EXAMPLES, file)], env);
  if (!printed.includes(prints)) throw new Error(`it printed\n${printed}rather than\n${prints}`);
}

async function runAll(ready: readonly Example[]): Promise<void> {
  const sandbox = fork(join(EXAMPLES, "sandbox", "mod.ts"), { execArgv: ["--import", "tsx"] });
  try {
    const [env] = await Promise.race([once(sandbox, "message"), once(sandbox, "exit")]);
    if (!sandbox.connected) throw new Error("The examples' sandbox did not start");
    await show("The sandbox refuses what is not right", async () => {
      const file = join(EXAMPLES, "sandbox", "refusals_test.ts");
      await must(process.execPath, ["--import", "tsx", "--test", file], env);
    });
    const runtimes = await findRuntimes();
    for (const name of Object.keys(FLAGS)) {
      const runtime = runtimes.get(name);
      for (const example of ready) {
        await show(`${example.file} on ${name} ${runtime?.version ?? ""}`.trim(), async () => {
          if (runtime === undefined) throw new Skip("it is not on this machine");
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
  const hasPackages = await show("The examples' packages", () => bring("npm", inExamples("ci")));
  const ready: Example[] = [];
  for (const example of examples) {
    const { file, needs } = example;
    const isReady = hasPackages && needs === undefined ||
      await show(needs === undefined ? file : `${needs.name}, for ${file}`, async () => {
        if (!hasPackages) throw new Skip("the examples' packages are not there");
        await needs?.bring();
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
