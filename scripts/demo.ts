/**
 * Starts the sandbox, and calls it through `mcFetch` from every runtime that is here: `npm run demo`.
 */
import { findRuntimes, type Outcome, run, type Runtime } from "./runtimes.ts";
import { PASSPHRASE, type Sandbox, startSandbox } from "../lib/sandbox/mod.ts";
import { runWorkerd } from "./workerd.ts";

const sandbox = await startSandbox();
console.log(`The sandbox is at ${sandbox.origin}/petstore`);
try {
  for (const [name, runtime] of await findRuntimes()) {
    if (runtime === undefined) {
      console.log(`\n${name}: skipped, it is not on this machine`);
      continue;
    }
    const { code, output } = await callFrom(runtime, sandbox);
    const form = name === "workerd" ? "a binding that holds client.pem" : "client.p12";
    console.log(`\n${name} ${runtime.version}, with ${form}\n${output.trimEnd()}`);
    if (code !== 0) process.exitCode = 1;
  }
} finally {
  await sandbox.close();
}
console.log(process.exitCode ? "\nSomething was not as it should be." : "\nAll as it should be.");

async function callFrom(
  { name, command }: Runtime,
  { origin, directory }: Sandbox,
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
