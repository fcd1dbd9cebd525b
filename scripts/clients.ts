/**
 * Runs the examples against the local sandbox, on Node, Deno and Bun: `npm run test:clients`.
 * Generates the clients first, with the real generators. Skips by name what is not available.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { mcFetch } from "../mod.ts";
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
  /** True if the example presents a `.p12` with RC2, which Node itself cannot open. */
  readonly isRc2?: true;
  /** A program that fails on a runtime where the example's library does not work; the reason. */
  readonly probe?: { readonly program: string; readonly reason: string };
}

const PETS = `Bella, CAT
Charlie, DOG
Olive was added, and removed again
Then: RESOURCE_NOT_FOUND
`;

/** The output of the examples with an agent: calls, an error's body, and a redirect. */
const AGENT_PETS = `Bella, CAT
Charlie, DOG
Then: RESOURCE_NOT_FOUND
Elsewhere: origin_not_allowed
`;

/** Returns the example of a client that OpenAPI Generator makes, which takes an agent. */
function generatedWithAgent(generator: string): Example {
  const name = `OpenAPI Generator ${GENERATOR}, ${generator}`;
  return {
    file: `openapi_${generator.replace("-", "_")}.mjs`,
    needs: { name, install: () => generateWithJava(generator) },
    isRc2: true,
    prints: AGENT_PETS,
  };
}

const examples: readonly Example[] = [
  {
    file: "openapi_generator.ts",
    needs: {
      name: `OpenAPI Generator ${GENERATOR}`,
      install: () => generateWithJava("openapi-generator"),
    },
    prints: PETS,
  },
  ...["javascript", "typescript-axios", "typescript-node", "typescript-nestjs"]
    .map(generatedWithAgent),
  {
    file: "axios.ts",
    isRc2: true,
    prints: `With an agent:\n${AGENT_PETS}With fetch:\n${
      AGENT_PETS.replace("origin_not_allowed", "cross_origin_redirect")
    }`,
  },
  { file: "got.ts", isRc2: true, prints: AGENT_PETS },
  { file: "superagent.mjs", isRc2: true, prints: AGENT_PETS },
  {
    file: "node_fetch.ts",
    isRc2: true,
    prints: AGENT_PETS,
    probe: {
      program: `process.exit("Bun" in globalThis ? 1 : 0);`,
      reason: "Bun replaces node-fetch by its own fetch, which ignores the agent",
    },
  },
  { file: "grpc.ts", isRc2: true, prints: "Charlie" },
  { file: "openid_client.ts", prints: `200 [{"name":"Bella"}]\n` },
  { file: "oauth4webapi.ts", prints: `200 [{"name":"Bella"}]\n` },
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

async function generateWithJava(generator: string): Promise<void> {
  await runOrSkip("java", ["-version"]);
  if (!existsSync(JAR)) {
    const artifact = `-Dartifact=org.openapitools:openapi-generator-cli:${GENERATOR}:jar`;
    await runOrSkip("mvn", ["-B", "-q", "dependency:copy", artifact, `-DoutputDirectory=${CACHE}`]);
  }
  await generate(generator);
}

/** Checks the types of the sandbox and of the examples that can run. */
async function checkTypes(ready: readonly Example[]): Promise<void> {
  const include = ["../sandbox", "../*.config.ts", ...ready.map(({ file }) => `../${file}`)]
    .filter((file) => !file.endsWith(".mjs"));
  const config = JSON.stringify({ extends: "../tsconfig.json", include });
  await writeFile(join(GENERATED, "tsconfig.json"), config);
  await runOrThrow(join(EXAMPLES, "node_modules", ".bin", "tsc"), ["--project", GENERATED]);
}

async function runExample(
  { file, prints, probe, isRc2 }: Example,
  { name, command }: Runtime,
  env: Environment,
): Promise<void> {
  const flags = FLAGS[name]!;
  if (probe !== undefined) {
    const { code } = await run(command, [...flags.program, probe.program], {}, TIMEOUT);
    if (code !== 0) throw new Skip(probe.reason);
  }
  const { RC2_P12_FILE } = env;
  const files = isRc2 && RC2_P12_FILE !== undefined ? { P12_FILE: RC2_P12_FILE } : {};
  const args = [...flags.file, join(EXAMPLES, file)];
  const printed = await runOrThrow(command, args, { ...env, ...files });
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
    await show("Node itself cannot open the .p12 with RC2", () => proveRc2(env));
    const before = await countElsewhere(env);
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
    await show("No example connected to the host that a redirect names", async () => {
      const count = await countElsewhere(env) - before;
      if (count > 0) throw new Error(`${count} connections were opened`);
    });
  } finally {
    if (sandbox.connected) sandbox.disconnect();
  }
}

/** Proves that the examples with an agent open more than Node does. */
async function proveRc2({ RC2_P12_FILE, P12_PASSPHRASE }: Environment): Promise<void> {
  if (RC2_P12_FILE === undefined) throw new Skip("there is no OpenSSL 3 to write it");
  const pfx = await readFile(RC2_P12_FILE);
  try {
    createSecureContext({ pfx, passphrase: P12_PASSPHRASE! });
  } catch {
    return;
  }
  throw new Error("it opened the file");
}

/** Returns the number of connections to the second origin. */
async function countElsewhere(env: Environment): Promise<number> {
  const [pfx, extraCa] = await Promise.all([
    readFile(env.P12_FILE!),
    readFile(env.NODE_EXTRA_CA_CERTS!),
  ]);
  const credentials = { pfx, extraCa, passphrase: env.P12_PASSPHRASE };
  const url = `${env.BASE_URL}/elsewhere/connections`;
  return Number(await (await mcFetch(url, undefined, credentials)).text());
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
