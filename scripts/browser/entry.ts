/** The library as Chromium and Node load it here, with a function that both run. */
import { inspectCredentials, type McFetchError, readIdentity } from "../../mod.ts";

export * from "../../mod.ts";

/** A limit for the work on one file. Some fixtures need seconds, and exceed it. */
const MAX_ROUNDS = 200_000;

/** Opens a file with a passphrase. Returns what is in it, or the failure, as JSON. */
export async function describeFile(
  pfx: Uint8Array,
  passphrase: string,
  now: Date,
): Promise<string> {
  const credentials = { pfx, passphrase, limits: { maxRounds: MAX_ROUNDS } };
  const toText = ({ code, message }: McFetchError) => `${code}: ${message}`;
  const report = await inspectCredentials(credentials, { now }).catch(toText);
  const identity = await readIdentity(credentials).catch(toText);
  return JSON.stringify({ report, identity }, null, 1);
}
