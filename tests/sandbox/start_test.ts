/** Tests the sandbox as the tests of other programs start it. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { mcFetch, McFetchError, readMastercardErrors } from "../../mod.ts";
import { type SandboxBehavior, type SandboxOptions, startSandbox } from "../../lib/sandbox/mod.ts";
import { runtime, testExceptOn } from "../support/context.ts";

const NO_SERVER = {
  workerd: "it has no servers",
  bun: "its server does not show the client certificate",
};

async function withSandbox(
  options: SandboxOptions,
  work: (sandbox: Awaited<ReturnType<typeof startSandbox>>) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  try {
    await work(sandbox);
  } finally {
    await sandbox.close();
  }
}

testExceptOn(NO_SERVER, "a test starts the sandbox, calls it and closes it", async () => {
  let folder = "";
  await withSandbox({
    async handle(request) {
      const { pathname } = new URL(request.url);
      if (pathname !== "/mine") return undefined;
      const seen = `${request.method} ${request.headers.get("x-one")} ${await request.text()}`;
      return new Response(seen, { status: 202, headers: { "x-two": "2" } });
    },
  }, async (sandbox) => {
    folder = sandbox.directory;
    const pets = `${sandbox.origin}/petstore/pets`;
    const send = (url: string, init?: RequestInit) => mcFetch(url, init, sandbox.credentials());
    assertEquals((await (await send(pets)).json()).length, 3);
    const made = await send(pets, { method: "POST", body: JSON.stringify({ name: "Rex" }) });
    assertEquals([made.status, (await made.json()).name], [201, "Rex"]);
    const mine = await send(`${sandbox.origin}/mine`, {
      method: "PUT",
      headers: { "x-one": "1" },
      body: "hello",
    });
    assertEquals([mine.status, mine.headers.get("x-two")], [202, "2"]);
    assertEquals(await mine.text(), "PUT 1 hello");
    for (
      const [identity, reason] of [
        ["expired", "has expired"],
        ["revoked", "was revoked"],
        ["foreign", "not issued by a known CA"],
      ] as const
    ) {
      const rejected = await mcFetch(pets, undefined, sandbox.credentials(identity));
      assertEquals(rejected.status, 422, identity);
      assertStringIncludes(await rejected.text(), reason);
    }
    if (process.platform !== "win32") {
      assertEquals(statSync(folder).mode & 0o777, 0o700);
      for (const name of readdirSync(folder).filter((name) => /key$|p12$/.test(name))) {
        assertEquals(statSync(join(folder, name)).mode & 0o777, 0o600, name);
      }
    }
  });
  assert(!existsSync(folder));
});

testExceptOn(
  NO_SERVER,
  "the folder can be fixed, and nothing of others in it is touched",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "mc-mtls-fixed-"));
    try {
      const path = join(directory, "sandbox");
      for (let start = 0; start < 2; start++) {
        await withSandbox({ directory: path }, ({ directory }) => {
          assertEquals(directory, path);
          assert(existsSync(join(path, "client.p12")));
          return Promise.resolve();
        });
        assert(!existsSync(path));
      }
      writeFileSync(join(directory, "client.key"), "mine");
      const error = await assertRejects(() => startSandbox({ directory }), McFetchError);
      assertEquals(error.code, "invalid_argument");
      assertStringIncludes(error.message, "holds other files; choose an empty or a new one");
      assertEquals(readdirSync(directory), ["client.key"]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

/** What a good client sees of each behavior: a code of an error, or a status and a reason. */
const SEEN: Readonly<Partial<Record<SandboxBehavior, string>>> = {
  rejects: "422 INVALID_CLIENT_CERT",
  "rejects-xml": "422 INVALID_CLIENT_CERT",
  "rejects-html": "400 INVALID_CLIENT_CERT",
  declines: "401 DECLINED",
  "expired-server": "server_untrusted",
  "other-host": "server_untrusted",
};

testExceptOn(NO_SERVER, "the sandbox shows failures on demand", async () => {
  for (const [behavior, expected] of Object.entries(SEEN)) {
    await withSandbox({ behavior: behavior as SandboxBehavior }, async (sandbox) => {
      const url = `${sandbox.origin}/petstore/pets`;
      let seen: string;
      try {
        const response = await mcFetch(url, undefined, sandbox.credentials());
        const [error] = await readMastercardErrors(response);
        seen = `${response.status} ${error?.reasonCode}`;
      } catch (error) {
        seen = error instanceof McFetchError ? error.code : String(error);
      }
      assertEquals(seen, expected, behavior);
    });
  }
});

testExceptOn(NO_SERVER, "the sandbox can close connections, wait, and ask late", async () => {
  await withSandbox({ behavior: "closes" }, async (sandbox) => {
    const url = `${sandbox.origin}/petstore/pets`;
    assertEquals((await mcFetch(url, undefined, sandbox.credentials())).status, 200);
    const error = await assertRejects(
      () => mcFetch(url, undefined, sandbox.credentials("revoked")),
      McFetchError,
    );
    assertEquals(error.code, "connection_failed");
  });
  await withSandbox({ behavior: "slow" }, async (sandbox) => {
    const signal = AbortSignal.timeout(300);
    const call = mcFetch(`${sandbox.origin}/petstore/pets`, { signal }, sandbox.credentials());
    const error = await assertRejects(() => call, Error);
    assertEquals(error.name, "TimeoutError");
  });
  if (runtime === "deno") {
    await assertRejects(() => startSandbox({ behavior: "asks-late" }), McFetchError, "use Node");
    return;
  }
  await withSandbox({ behavior: "asks-late" }, async (sandbox) => {
    const url = `${sandbox.origin}/petstore/pets`;
    assertEquals((await mcFetch(url, undefined, sandbox.credentials())).status, 200);
    assertEquals((await mcFetch(url, undefined, sandbox.credentials("revoked"))).status, 422);
  });
});

testExceptOn(NO_SERVER, "wrong options of the sandbox are named", async () => {
  for (
    const [options, problem] of [
      [{ prot: 1 }, "did you mean port?"],
      [{ port: 99_999 }, "port must be a whole number from 0 to 65535"],
      [{ behavior: "toString" }, "behavior must be one of gateway, closes"],
    ] as const
  ) {
    await assertRejects(() => startSandbox(options as SandboxOptions), McFetchError, problem);
  }
});
