/**
 * The screenshot of the page in `docs/browser.png`.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../runtimes.ts";
import { show } from "../show.ts";
import type { Chromium } from "./chromium.ts";
import { writeFiles } from "./fixtures.ts";

/** The largest file, in bytes. */
const LIMIT = 150_000;

/** Writes the screenshot. */
export async function writeScreenshot(chromium: Chromium, page: string): Promise<void> {
  await show("docs/browser.png", () =>
    chromium.inTab(async (tab) => {
      const size = { width: 780, height: 1000, deviceScaleFactor: 1, mobile: false };
      await tab.send("Emulation.setDeviceMetricsOverride", size);
      await tab.goTo(pathToFileURL(page).href);
      await tab.dropFile("#drop", join(await writeFiles(), "client-2026.pem"));
      await tab.waitFor("!report.hidden");
      const { data } = await tab.send("Page.captureScreenshot", { format: "png" });
      const png = Buffer.from(data, "base64");
      await writeFile(join(ROOT, "docs", "browser.png"), png);
      if (png.length > LIMIT) throw new Error(`It has ${png.length} bytes; at most ${LIMIT}`);
      return `${Math.round(png.length / 1000)} kB`;
    }));
}
