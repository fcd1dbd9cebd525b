/**
 * `createMcAgent` with `https.request`, against real servers.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import {
  createMcAgent,
  type Credentials,
  McFetchError,
  type PfxCredentials,
  type RenewalOptions,
} from "../../mod.ts";
import {
  countConnections,
  fixture,
  sandboxFile,
  sandboxFiles,
  server,
  testExceptOn,
} from "../support/context.ts";

const EXCEPT = { workerd: "it has no https.Agent" };
const ECHO = `${server.origin}/echo`;
const { urls = {}, directory = "" } = server.tls ?? {};

/** Credentials for an agent. */
function agentFiles(name: "client" | "foreign" = "client"): PfxCredentials {
  return { ...sandboxFiles(name), origins: [server.origin] };
}

/** Response of `https.request`. */
interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly reused: boolean;
}

/** Sends a request and reads its response. */
function send(url: string, agent: unknown, more: https.RequestOptions & { body?: string } = {}) {
  const { body, ...options } = more;
  const module = url.startsWith("https:") ? https : http;
  return new Promise<Answer>((resolve, reject) => {
    const request = module.request(url, { ...options, agent: agent as https.Agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => text += chunk);
      response.on("error", reject).on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          body: text,
          headers: response.headers,
          reused: request.reusedSocket === true,
        }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function rejection(call: Promise<unknown>): Promise<Error & { code?: string }> {
  return await call.then((value) => assert(false, `it resolved: ${value}`), (error) => error);
}

/** Runs a function with an agent, and closes its connections. */
async function withAgent(
  credentials: Credentials,
  run: (agent: https.Agent) => Promise<void>,
  options?: RenewalOptions,
): Promise<void> {
  const agent = createMcAgent(credentials, options);
  try {
    await run(agent);
  } finally {
    agent.destroy();
  }
}

testExceptOn(EXCEPT, "requests carry the certificate, and share connections", async () => {
  await withAgent(agentFiles(), async (agent) => {
    const first = await send(`${ECHO}?watch=agent`, agent);
    assertStringIncludes(JSON.parse(first.body).commonName, "-Client-MTF-");
    const again = await send(`${ECHO}?watch=agent`, agent, { method: "POST", body: "pay" });
    assertEquals([JSON.parse(again.body).body, again.reused], ["pay", true]);
    assertEquals((await countConnections()).open.agent, 1);
  });
});

testExceptOn(EXCEPT, "another origin is refused before a connection is opened", async () => {
  const refused = [
    server.otherOrigin,
    server.trustedOrigin,
    server.origin.replace("localhost", "127.0.0.1"),
    server.origin.replace("localhost", "LOCALHOST."),
    "https://localhost:1",
  ];
  await withAgent(agentFiles(), async (agent) => {
    await send(ECHO, agent);
    const before = await countConnections();
    for (const url of refused) {
      const error = await rejection(send(url, agent));
      assertInstanceOf(error, McFetchError, url);
      assertEquals(error.code, "origin_not_allowed");
    }
    const insecure = await rejection(send(`${server.plainOrigin}/echo`, agent));
    assertInstanceOf(insecure, McFetchError);
    assertEquals(insecure.code, "insecure_url");
    const path = await rejection(send(ECHO, agent, { socketPath: "/tmp/none" }));
    assertEquals(path.code, "origin_not_allowed");
    const advice = "a path of a socket is no origin; remove `socketPath`";
    assertEquals(path.message, `Cannot send the request: ${advice}`);
    const after = await countConnections();
    assertEquals([after.main, after.other], [before.main, before.other]);
  });
});

testExceptOn(EXCEPT, "a request cannot weaken the verification or bring its own key", async () => {
  const options = {
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    servername: "elsewhere.example",
    headers: { host: "elsewhere.example" },
    cert: fixture("client.pem") as unknown as string,
    key: fixture("client.pkcs8.key") as unknown as string,
  };
  await withAgent(agentFiles(), async (agent) => {
    const { commonName, headers } = JSON.parse((await send(ECHO, agent, options)).body);
    assertStringIncludes(commonName, "-Client-MTF-");
    assertEquals(headers.host, "elsewhere.example");
  });
  const { extraCa: _, ...untrusting } = agentFiles();
  await withAgent(untrusting, async (agent) => {
    const error = await rejection(send(ECHO, agent, options));
    assertInstanceOf(error, McFetchError);
    assertEquals(error.code, "server_untrusted");
  });
});

testExceptOn(EXCEPT, "credentials that cannot be used are the request's error", async () => {
  await withAgent({ ...agentFiles(), passphrase: "wrong" }, async (agent) => {
    const error = await rejection(send(ECHO, agent));
    assertInstanceOf(error, McFetchError);
    assertEquals(error.code, "wrong_passphrase");
  });
  await withAgent(() => Promise.reject(new RangeError("none")), async (agent) => {
    assertInstanceOf(await rejection(send(ECHO, agent)), RangeError);
  });
  await withAgent(() => Promise.reject("none"), async (agent) => {
    assertEquals((await rejection(send(ECHO, agent))).code, "credentials_unavailable");
  });
  await withAgent(() => sandboxFiles(), async (agent) => {
    const error = await rejection(send(ECHO, agent));
    assertEquals(error.code, "invalid_argument");
    assertStringIncludes(error.message, "origins is missing");
  });
});

testExceptOn(EXCEPT, "arguments are checked at once", () => {
  const fetcher = { fetch: () => Promise.resolve(new Response()) };
  const wrong: [unknown, unknown, string][] = [
    [sandboxFiles(), undefined, "origins is missing"],
    [{ fetcher, origins: [server.origin] }, undefined, "fetcher"],
    [{ ...agentFiles(), origins: ["http://localhost"] }, undefined, "https: origin"],
    [agentFiles(), { maxClients: 3 }, "maxClients"],
    [agentFiles(), { refresh: 3 }, "not a function"],
  ];
  for (const [credentials, options, problem] of wrong) {
    let error: unknown;
    try {
      createMcAgent(credentials as PfxCredentials, options as RenewalOptions);
    } catch (thrown) {
      error = thrown;
    }
    assertInstanceOf(error, McFetchError, problem);
    assertEquals(error.code, "invalid_argument");
    assertStringIncludes(error.message, problem);
  }
});

function strict(name: string): PfxCredentials | Credentials {
  const file = (name: string) => readFileSync(`${directory}/${name}`);
  const origins = Object.values(urls).map((url) => new URL(url).origin);
  const [cert, key] = [file(`${name}.pem`), file(`${name}.key`)];
  return { cert, key, extraCa: file("ca.pem"), origins };
}

const OPENSSL = "strict 1.3" in urls || server.tls === undefined
  ? EXCEPT
  : { ...EXCEPT, node: "openssl is not installed", deno: "the same", bun: "the same" };

testExceptOn(OPENSSL, "failures have the codes of mcFetch", async () => {
  const cases: [string, string, string][] = [
    ["strict 1.2", "expired", "certificate_expired"],
    ["strict 1.3", "expired", "certificate_expired"],
    ["strict 1.3", "revoked", "certificate_revoked"],
    ["strict 1.3", "foreign", "certificate_rejected"],
    ["elsewhere 1.3", "client", "server_untrusted"],
    ["no TLS", "client", "tls_failed"],
    ["reset", "client", "connection_failed"],
    ["refused", "client", "connection_failed"],
  ];
  for (const [name, identity, code] of cases) {
    await withAgent(strict(identity), async (agent) => {
      const error = await rejection(send(urls[name]!, agent));
      assertInstanceOf(error, McFetchError, `${name}: ${error}`);
      assertEquals(error.code, code, `${name}, ${identity}: ${error.message}`);
    });
  }
});

testExceptOn(OPENSSL, "a certificate that the server rejects is renewed at once", async () => {
  for (const name of ["strict 1.2", "strict 1.3"]) {
    let calls = 0;
    const credentials = () => strict(calls++ === 0 ? "expired" : "client") as PfxCredentials;
    await withAgent(credentials, async (agent) => {
      const first = await send(urls[name]!, agent).catch((error) => error);
      // TLS 1.2 rejects in the handshake, before anything was sent.
      if (name === "strict 1.2") assertEquals(first.status, 200, String(first));
      else assertEquals(first.code, "certificate_expired");
      let next = first;
      for (let wait = 0; next.status !== 200 && wait < 100; wait++) {
        next = await send(urls[name]!, agent).catch((error) => error);
      }
      assertEquals(next.status, 200, String(next));
      assertEquals(calls, 2);
    });
  }
});

testExceptOn(EXCEPT, "a renewed certificate gets connections of its own", async () => {
  const two: Credentials = {
    cert: fixture("client.pem"),
    key: fixture("client.pkcs8.key"),
    extraCa: sandboxFile("ca.pem"),
    origins: [server.origin],
  };
  let calls = 0;
  const credentials = () => calls++ === 0 ? agentFiles() : two;
  const name = async (agent: https.Agent) =>
    JSON.parse((await send(`${ECHO}?watch=renewed`, agent)).body).commonName;
  await withAgent(credentials, async (agent) => {
    const first = await name(agent);
    const slow = send(`${ECHO}?watch=renewed`, agent); // under way at the renewal
    let next = first;
    for (let wait = 0; next === first && wait < 100; wait++) next = await name(agent);
    assert(next !== first);
    assertEquals(JSON.parse((await slow).body).commonName, first);
    assertEquals(await name(agent), next);
    for (let wait = 0; wait < 100; wait++) {
      if ((await countConnections()).open.renewed === 1) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert(false, "the old connections are open");
  }, { refresh: 0 });
});

testExceptOn(EXCEPT, "the client's own abort stays as it is", async () => {
  await withAgent(agentFiles(), async (agent) => {
    const aborted = AbortSignal.abort();
    assertEquals((await rejection(send(ECHO, agent, { signal: aborted }))).name, "AbortError");
    const signal = AbortSignal.timeout(100);
    const error = await rejection(send(`${server.origin}/stall`, agent, { signal }));
    assertEquals(error.name, "AbortError");
  });
});

testExceptOn(
  EXCEPT,
  "a certificate that the runtime's TLS does not accept ends no process",
  async () => {
    const credentials: Credentials = {
      cert: fixture("weak.pem"),
      key: fixture("weak.key"),
      extraCa: sandboxFile("ca.pem"),
      origins: [server.origin],
    };
    await withAgent(credentials, async (agent) => {
      const outcome = await send(ECHO, agent).then(({ status }) => status, ({ code }) => code);
      // OpenSSL presents a key of 1024 bits if its security level allows it; BoringSSL does.
      assert(["unsupported_algorithm", "tls_failed", 422, 200].includes(outcome), String(outcome));
    });
  },
);
