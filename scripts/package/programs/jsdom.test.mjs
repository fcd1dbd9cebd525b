/* global expect, test */
import { readFileSync } from "node:fs";
import * as library from "@acme/mc-mtls";

test("a call rejects, and says why", async () => {
  const { DIRECTORY, ORIGIN, PASSPHRASE: passphrase, WHY } = process.env;
  const pfx = readFileSync(`${DIRECTORY}/client.p12`);
  const call = library.mcFetch(ORIGIN, undefined, { pfx, passphrase });
  const message = expect.stringContaining(WHY);
  await expect(call).rejects.toMatchObject({ code: "unsupported_runtime", message });
});
