/**
 * Credentials in variables: contents, base64 and paths.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import process from "node:process";
import { inspect } from "node:util";
import { createMcFetch, fromEnv, McFetchError } from "../../mod.ts";
import { fixture, sandboxFile, server, testExceptOn } from "../support/context.ts";

const EXCEPT = { workerd: "certificates are bindings there" };

/** Sets variables while a function runs. */
async function withVariables(
  variables: Record<string, string>,
  run: () => Promise<void>,
): Promise<void> {
  Object.assign(process.env, variables);
  try {
    await run();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
}

const text = (name: string) => new TextDecoder().decode(sandboxFile(name));
const base64 = (name: string) => Buffer.from(sandboxFile(name)).toString("base64");
const path = (name: string) => `${server.directory}/${name}`;

const FORMS: Record<string, (name: string) => string> = {
  "PEM": text,
  "PEM with \\n": (name) => text(name).replaceAll("\n", "\\n"),
  "PEM with spaces": (name) => text(name).replaceAll("\n", " "),
  "base64": base64,
  "base64 in lines": (name) => base64(name).replaceAll(/.{76}/g, "$&\n"),
  "a path": path,
};

for (const [form, write] of Object.entries(FORMS)) {
  testExceptOn(EXCEPT, `a pair and a CA as ${form}`, async () => {
    const variables = {
      MC_MTLS_CERT: write("client.pem"),
      MC_MTLS_KEY: write("client.key"),
      MC_MTLS_CA: write("ca.pem"),
    };
    await withVariables(variables, async () => {
      const fetch = createMcFetch(fromEnv());
      assertEquals((await fetch(`${server.origin}/petstore/pets`)).status, 200);
      await fetch.close();
    });
  });
}

testExceptOn(
  EXCEPT,
  "a .p12 as base64 or a path, with its passphrase, and another prefix",
  async () => {
    for (const pfx of [base64("client.p12"), path("client.p12")]) {
      const variables = {
        BANK_PFX: pfx,
        BANK_PASSPHRASE: "keystorepassword",
        BANK_PASSPHRASE_FILE: "",
        BANK_CA: path("ca.pem"),
      };
      await withVariables(variables, async () => {
        const fetch = createMcFetch(fromEnv("BANK_", { origins: [server.origin] }));
        assertEquals((await fetch(`${server.origin}/petstore/pets`)).status, 200);
        const error = await fetch(server.otherOrigin).catch((error) => error);
        assertEquals(error.code, "origin_not_allowed");
        await fetch.close();
      });
    }
  },
);

testExceptOn(EXCEPT, "a Java keystore as base64", async () => {
  const jks = Buffer.from(fixture("jks/rsa.jks")).toString("base64");
  await withVariables({ JAVA_PFX: jks, JAVA_PASSPHRASE: "changeit" }, async () => {
    assert("pfx" in await fromEnv("JAVA_")());
  });
});

testExceptOn(EXCEPT, "no error shows a damaged key or a misplaced passphrase", async () => {
  // Base64 never has one character more than a multiple of four.
  const key = text("client.key").replaceAll(/-----.*-----|\n/g, "").slice(0, 401);
  const rest = { SHOWN_CERT: text("client.pem") };
  const secrets: Record<string, string>[] = [
    { ...rest, SHOWN_KEY: key },
    { ...rest, SHOWN_KEY: `#${key}` },
    { ...rest, SHOWN_KEY: text("client.key"), SHOWN_PASSPHRASE_FILE: key.slice(0, 40) },
  ];
  for (const variables of secrets) {
    await withVariables(variables, async () => {
      const error = await assertRejects(fromEnv("SHOWN_"), McFetchError, "SHOWN_");
      assertEquals(inspect(error, { depth: 9 }).includes(key.slice(0, 20)), false);
    });
  }
});

testExceptOn(EXCEPT, "the variables are read at each call", async () => {
  const load = fromEnv("TURN_");
  const pair = (cert: string) => ({ TURN_CERT: text(cert), TURN_KEY: text("client.key") });
  await withVariables(pair("client.pem"), async () => {
    const first = await load();
    assert(await load() === first);
    process.env.TURN_CA = text("ca.pem");
    assert(await load() !== first);
    delete process.env.TURN_CA;
  });
});

testExceptOn(
  EXCEPT,
  "missing and contradicting variables are named, without their values",
  async () => {
    const wrong: [Record<string, string>, string][] = [
      [{}, "set NO_CERT and NO_KEY, or NO_PFX"],
      [{ NO_CERT: "secret" }, "set NO_CERT and NO_KEY, or NO_PFX"],
      [{ NO_PFX: "secret", NO_KEY: "secret" }, "set either NO_PFX or NO_CERT and NO_KEY"],
      [
        { NO_PFX: "secret", NO_PASSPHRASE: "secret", NO_PASSPHRASE_FILE: "secret" },
        "set only one of NO_PASSPHRASE and NO_PASSPHRASE_FILE",
      ],
    ];
    for (const [variables, problem] of wrong) {
      await withVariables(variables, async () => {
        const error = await assertRejects(fromEnv("NO_"), McFetchError, problem);
        assertEquals((error as McFetchError).code, "credentials_unavailable");
        assert(!(error as McFetchError).message.includes("secret"));
      });
    }
  },
);
