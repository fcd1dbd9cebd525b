/**
 * Starts the sandbox, and calls it with `mcFetch` from every installed runtime: `npm run demo`.
 */
import process from "node:process";
import { PASSPHRASE } from "../lib/sandbox/identities.ts";
import { type OpenSandbox, openSandbox } from "../lib/sandbox/open.ts";
import { findRuntimes, type Outcome, run, type Runtime } from "./runtimes.ts";
import { runWorkerd } from "./workerd.ts";

const sandbox = await openSandbox();
console.log(`The sandbox is at ${sandbox.origin}/petstore`);
try {
  for (const [name, runtime] of await findRuntimes()) {
    if (runtime === undefined) {
      console.log(`\n${name}: skipped, not installed`);
      continue;
    }
    const { code, output } = await callFrom(runtime, sandbox);
    const files = name === "workerd" ? "a binding that holds client.pem" : "client.p12";
    console.log(`\n${name} ${runtime.version}, with ${files}\n${output.trimEnd()}`);
    if (code !== 0) process.exitCode = 1;
  }
} finally {
  await sandbox.close();
}
console.log(process.exitCode ? "\nSome checks failed." : "\nAll checks passed.");

async function callFrom(
  { name, command }: Runtime,
  { origin, directory }: OpenSandbox,
): Promise<Outcome> {
  if (name === "workerd") {
    const call = `call("${origin}", { fetcher: env.client }, { fetcher: env.foreign })`;
    return await runWorkerd("demo", {
      source: `import { call } from "./scripts/demo_call.ts";
               export default { test: (_, env) => ${call} };`,
      server: { origin, directory },
      identities: ["client", "foreign"],
    });
  }
  const args = [origin, directory, PASSPHRASE].map((arg) => JSON.stringify(arg));
  const program = `import { callWithFiles } from "./scripts/demo_call.ts";
                   await callWithFiles(${args.join(", ")});`;
  const flags = {
    Node: ["--import", "tsx", "--input-type=module", "--eval"],
    Deno: ["eval", "--no-check"],
    Bun: ["--eval"],
  };
  return await run(command, [...flags[name], program]);
}
