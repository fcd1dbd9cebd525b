/**
 * Tests the page of `examples/browser`, and the library as one file, in headless Chromium:
 * `npm run test:browser`. `npm run test:browser -- --screenshot` also writes `docs/browser.png`.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { type Chromium, startChromium } from "./browser/chromium.ts";
import { checkLibrary } from "./browser/library_checks.ts";
import { checkPage } from "./browser/page_checks.ts";
import { writeScreenshot } from "./browser/screenshot.ts";
import { startServer } from "./browser/server.ts";
import { buildPage, bundleForBrowser } from "./build_browser.ts";
import { ROOT } from "./runtimes.ts";
import { printCounts, show } from "./show.ts";

const path = await buildPage();
const server = await startServer({
  "/page": { page: await readFile(path, "utf8") },
  "/mod.js": { script: await bundleForBrowser(join(ROOT, "mod.ts")) },
  "/entry.js": { script: await bundleForBrowser(join(ROOT, "scripts", "browser", "entry.ts")) },
});
let chromium: Chromium | undefined;
await show("Chromium", async () => (chromium = await startChromium()).version);
try {
  if (chromium !== undefined) {
    await checkPage(chromium, path, server);
    await checkLibrary(chromium, server);
    if (process.argv.includes("--screenshot")) await writeScreenshot(chromium, path);
  }
} finally {
  await chromium?.close();
  server.close();
}
printCounts();
