/**
 * The library in Chromium, as one file: it opens all fixtures as on Node, makes requests for
 * certificates, and sends no request.
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as library from "../../mod.ts";
import { describeRequest } from "../../lib/certificates/request_details.ts";
import { readPem } from "../../lib/keys/pem.ts";
import { show } from "../show.ts";
import type { Chromium } from "./chromium.ts";
import { describeFile } from "./entry.ts";
import { FIXTURES, PASSPHRASE } from "./fixtures.ts";
import type { Server } from "./server.ts";
import type { Tab } from "./tab.ts";

/** Calls that need a client certificate, and what they must reject with. */
const CALLS: readonly (readonly [string, RegExp])[] = [
  ["mcFetch(url, {}, files)", /^unsupported_runtime: .*browsers choose client certificates them/],
  ["createMcFetch(files)(url)", /^unsupported_runtime: .*credentials: "include"/],
  ["mcFetch(url, {}, fromFiles({ pfx: 'a.p12' }))", /^\w+: Cannot .*pass their contents/],
  ["(async () => createMcAgent({ ...files, origins: [url] }))()", /^unsupported_runtime: /],
];

/** Checks the library. `server` has `mod.ts` under `/mod.js` and `entry.ts` under `/entry.js`. */
export async function checkLibrary(chromium: Chromium, server: Server): Promise<void> {
  const check = (name: string, work: (tab: Tab) => Promise<string | void>) =>
    show(`mod.ts as one file, ${name}`, () =>
      chromium.inTab(async (tab) => {
        await tab.goTo(server.origin);
        return await work(tab);
      }));
  await check("loads", async ({ evaluate }) => {
    const names = await evaluate<string[]>(`import("/mod.js").then(Object.keys)`);
    const expected = Object.keys(library);
    if (names.sort().join() !== expected.sort().join()) throw new Error(names.join());
    return `${names.length} exports`;
  });
  const cert = await readFile(join(FIXTURES, "client.pem"), "utf8");
  const key = await readFile(join(FIXTURES, "client.pkcs8.key"), "utf8");
  const secure = server.origin.replace("http:", "https:");
  const values = JSON.stringify({ cert, key });
  for (const [call, expected] of CALLS) {
    await check(`${call} rejects before anything is sent`, async ({ evaluate, events }) => {
      const before = events.requests.length;
      const said = await evaluate<string>(
        `import("/mod.js").then((library) => {
          const { mcFetch, createMcFetch, createMcAgent, fromFiles } = library;
          const [url, files] = ["${secure}", ${values}];
          return ${call}.then(() => "sent", ({ code, message }) => code + ": " + message);
        })`,
      );
      if (!expected.test(said)) throw new Error(said);
      const sent = events.requests.slice(before).filter((url) => !url.endsWith("/mod.js"));
      if (sent.length > 0) throw new Error(`it sent ${sent.join()}`);
    });
  }
  await check("sends through a fetcher", async ({ evaluate }) => {
    const text = await evaluate(
      `import("/mod.js").then(({ mcFetch }) => {
        const fetcher = { fetch: (request) => Promise.resolve(new Response(request.url)) };
        return mcFetch("https://example.com/a", {}, { fetcher });
      }).then((response) => response.text())`,
    );
    if (text !== "https://example.com/a") throw new Error(String(text));
  });
  for (const keyType of ["RSA 2048", "EC P-256"]) {
    await check(`makes a request for a certificate, ${keyType}`, async ({ evaluate }) => {
      const { csr, key } = await evaluate<{ csr: string; key: string }>(
        `import("/mod.js").then(({ createCsr }) =>
          createCsr({ commonName: "a", country: "BE" }, { keyType: "${keyType}" }))`,
      );
      const details = await describeRequest(readPem(csr, "csr")[0]!.bytes);
      const { subject, isSigned } = details;
      const isRight = isSigned && subject === "C=BE, CN=a" || subject === "CN=a, C=BE";
      if (!isRight || details.keyType !== keyType) throw new Error(JSON.stringify(details));
      if ((await library.readPrivateKey(key)).keyType !== keyType) throw new Error("its key");
    });
  }
  await check("writes and reads a .p12, which Node reads too", async ({ evaluate }) => {
    const [p12, inChromium, keyType] = await evaluate<[number[], string, string]>(
      `import("/mod.js").then(async ({ readPkcs12, readPrivateKey, writePkcs12 }) => {
        const options = { ...${values}, passphrase: "a b", iterations: 1000 };
        const p12 = await writePkcs12(options);
        const read = await readPkcs12(p12, { passphrase: "a b" });
        const { keyType } = await readPrivateKey(options.key);
        return [[...p12], JSON.stringify(read), keyType];
      })`,
    );
    const onNode = await library.readPkcs12(Uint8Array.from(p12), { passphrase: "a b" });
    const isSame = inChromium === JSON.stringify(onNode) && onNode.identities[0]?.key === key;
    if (!isSame || keyType !== "RSA 2048") throw new Error(`${keyType}, ${inChromium}`);
  });
  await check("reads each fixture as Node does", compareFixtures);
}

/** Opens each fixture in Chromium and on Node. */
async function compareFixtures({ evaluate }: Tab): Promise<string> {
  const entries = await readdir(FIXTURES, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const now = new Date();
  const different: string[] = [];
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    const contents = await readFile(path);
    const onNode = await describeFile(contents, PASSPHRASE, now);
    const inChromium = await evaluate<string>(
      `import("/entry.js").then(({ describeFile }) => {
        const bytes = Uint8Array.from(atob("${
        contents.toString("base64")
      }"), (c) => c.charCodeAt());
        return describeFile(bytes, "${PASSPHRASE}", new Date(${now.getTime()}));
      })`,
    );
    if (inChromium !== onNode) different.push(`${name}\n${inChromium}\non Node\n${onNode}`);
  }
  if (different.length > 0) throw new Error(`${different.length} differ: ${different.join("\n")}`);
  return `${files.length} files`;
}
