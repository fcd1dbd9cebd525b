/**
 * The page of `examples/browser` in Chromium: what it shows, what it saves, and that it sends
 * nothing.
 *
 * @module
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readPkcs12 } from "../../mod.ts";
import { show } from "../show.ts";
import type { Chromium, Values } from "./chromium.ts";
import { type Case, listCases } from "./cases.ts";
import { PASSPHRASE, writeFiles } from "./fixtures.ts";
import type { Server } from "./server.ts";
import type { Tab } from "./tab.ts";

const READY = `(!report.hidden || !ask.hidden || !error.hidden) &&
  document.getElementById("status").textContent !== "Opening the file…"`;

/** Opens a file on the page, and enters its passphrases. */
async function openFile(tab: Tab, page: string, { path, passphrases = [] }: Case): Promise<void> {
  await tab.goTo(page);
  await tab.dropFile("#drop", path);
  await tab.waitFor(READY);
  for (const passphrase of passphrases) {
    await tab.type("#passphrase", passphrase);
    await tab.evaluate(`document.querySelector("#ask button").click()`);
    await tab.waitFor(READY);
  }
}

/** Throws if the page did anything but show itself. */
function checkEvents({ events }: Tab, page: string): void {
  const { requests, violations, errors, dialogs } = events;
  const sent = requests.filter((url) => url !== page && !url.startsWith("blob:"));
  const found = [...sent, ...violations, ...errors, ...dialogs];
  if (found.length > 0) throw new Error(`It did what it must not: ${found.join(", ")}`);
}

/** Checks the page. `server` has it under `/page`, and a page without a policy under `/`. */
export async function checkPage(
  chromium: Chromium,
  path: string,
  server: Server,
): Promise<void> {
  const page = pathToFileURL(path).href;
  const written = await writeFiles();
  for (const it of listCases(written)) {
    await show(`The page, ${it.name}`, () =>
      chromium.inTab(async (tab) => {
        await openFile(tab, page, it);
        const text = await tab.evaluate<string>("document.body.innerText");
        const lacks = it.shows.filter((part) => !text.includes(part));
        const has = (it.hides ?? []).filter((part) => text.includes(part));
        if (lacks.length + has.length > 0) {
          throw new Error(`It lacks ${lacks.join(", ")}; it has ${has.join(", ")}:\n${text}`);
        }
        const count = await tab.evaluate<number>("document.querySelectorAll('img, script').length");
        if (count !== 1) throw new Error(`It has ${count - 1} elements of others`);
        checkEvents(tab, page);
      }));
  }
  const [legacy] = listCases(written) as [Case];
  await show(
    "The page saves and copies what readPkcs12 returns on Node",
    () =>
      chromium.inTab(async (tab) => {
        await openFile(tab, page, legacy);
        await checkPem(tab, legacy.path, written);
        checkEvents(tab, page);
      }),
  );
  await show("The page forgets the file", () =>
    chromium.inTab(async (tab) => {
      await openFile(tab, page, legacy);
      await tab.evaluate("forget.click()");
      await tab.waitFor(`document.readyState === "complete" && report.hidden && ask.hidden`);
      if (await tab.evaluate("passphrase.value + file.value") !== "") throw new Error("It did not");
      checkEvents(tab, page);
    }));
  await show("The page may not connect", () => checkPolicy(chromium, server));
  await show("Every control of the page has a name", () =>
    chromium.inTab(async (tab) => {
      await openFile(tab, page, legacy);
      await tab.evaluate("ask.hidden = more.hidden = false");
      return await checkNames(tab);
    }));
  await show("The page is light and dark", () =>
    chromium.inTab(async (tab) => {
      await tab.goTo(page);
      const colors = [];
      for (const value of ["light", "dark"]) {
        const features = [{ name: "prefers-color-scheme", value }];
        await tab.send("Emulation.setEmulatedMedia", { features });
        colors.push(await tab.evaluate("getComputedStyle(document.body).backgroundColor"));
      }
      if (colors[0] === colors[1]) throw new Error(`Both are ${colors[0]}`);
    }));
}

/** Compares the saved and the copied PEM with that of Node. */
async function checkPem(tab: Tab, path: string, folder: string): Promise<void> {
  const { identities } = await readPkcs12(await readFile(path), { passphrase: PASSPHRASE });
  const { cert, chain, key } = identities[0]!;
  const expected = { cert: [cert, ...chain].join(""), key };
  await tab.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
  const permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
  await tab.send("Browser.grantPermissions", { permissions });
  for (const [part, name] of [["cert", "client.pem"], ["key", "client.key"]] as const) {
    const saved = join(folder, name);
    await rm(saved, { force: true });
    await tab.evaluate(`document.getElementById("save-${part}").click()`);
    if (await waitForFile(saved) !== expected[part]) throw new Error(`${name} is another file`);
    await tab.evaluate(`document.getElementById("copy-${part}").click()`);
    await tab.waitFor(`document.getElementById("status").textContent === "Copied."`);
    const copied = await tab.evaluate("navigator.clipboard.readText()");
    if (copied !== expected[part]) throw new Error(`another text was copied: ${copied}`);
  }
}

async function waitForFile(path: string): Promise<string> {
  let text = "";
  await until(async () => (text = await readFile(path, "utf8").catch(() => "")) !== "");
  return text;
}

/** Programs that send something to the URL `/sent`. */
const ATTEMPTS = [
  `fetch("/sent").catch(() => {})`,
  `new Image().src = "/sent"`,
  `navigator.sendBeacon("/sent", "secret")`,
  `new WebSocket(location.origin.replace("http", "ws") + "/sent")`,
  `new EventSource("/sent")`,
];

/** Checks that the policy blocks each attempt: without it, the server is reached. */
async function checkPolicy(chromium: Chromium, { origin, seen }: Server): Promise<string> {
  for (const path of ["/", "/page"]) {
    for (const attempt of ATTEMPTS) {
      await chromium.inTab(async ({ goTo, evaluate, events }) => {
        await goTo(origin + path);
        const start = seen.length;
        const isSent = () => seen.slice(start).includes("/sent");
        await evaluate(`void (${attempt})`).catch(() => {}); // some throw if they are blocked
        await until(() => isSent() || events.violations.length > 0);
        if (isSent() === (path === "/")) return;
        throw new Error(`${attempt} of ${path}: sent ${isSent()}, ${events.violations.join()}`);
      });
    }
  }
  return `${ATTEMPTS.length} ways`;
}

/** Waits until something is true, for some seconds. */
async function until(isDone: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500 && !await isDone(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Roles of controls and pictures, which need names. */
const NAMED = ["button", "textbox", "link", "image", "img"];

/** Checks that assistive technology has a name for each control and each picture. */
async function checkNames(tab: Tab): Promise<string> {
  const { nodes } = await tab.send("Accessibility.getFullAXTree");
  const named = (nodes as readonly Values[]).filter(({ ignored, role }) =>
    !ignored && NAMED.includes(role.value)
  );
  const without = named.filter(({ name }) => !name?.value);
  if (without.length > 0) {
    throw new Error(`Without a name: ${without.map(({ role }) => role.value).join(", ")}`);
  }
  return `${named.length} names`;
}
