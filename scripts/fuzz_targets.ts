/**
 * The targets of the fuzzer: each parser of bytes from outside. For any input it returns a result
 * or throws a `McFetchError`, within a second.
 */
import process from "node:process";
import { inspectCredentials } from "../lib/certificates/inspect.ts";
import { Opening } from "../lib/encryption/opening.ts";
import { McFetchError } from "../lib/errors.ts";
import { loadIdentity } from "../lib/identity/identity.ts";
import { readPkcs12 } from "../lib/identity/read_pkcs12.ts";
import { readPrivateKey } from "../lib/identity/read_private_key.ts";
import { openKeystore } from "../lib/jks/open.ts";
import { readPkcs7 } from "../lib/keys/pkcs7.ts";
import { readMastercardErrors } from "../lib/mastercard/errors.ts";
import { writePfx } from "./fuzz_seeds.ts";

/** Parser under the fuzzer. Rejects if the input is a finding. */
export type Target = (input: Uint8Array) => Promise<void>;

/** The passphrase of the seeds. */
const PASSPHRASE = "changeit";

/** The limits of one input. Without them the fuzzer would spend its time in hash functions. */
const LIMITS = { maxRounds: 8192, maxScryptMemory: 1 << 20 };
const OPTIONS = { passphrase: PASSPHRASE, limits: LIMITS };

/** The limit of the CPU time of one input, in milliseconds. */
const TIME_LIMIT = 1000;

/** The slowest input so far, and its time in milliseconds. */
export const slowest: { ms: number; input: Uint8Array } = { ms: 0, input: new Uint8Array(0) };

/** Parses once, and returns the CPU time in milliseconds. A busy machine does not change it. */
async function measure(parse: () => unknown): Promise<number> {
  const started = readClock();
  try {
    await parse();
  } catch (error) {
    if (!(error instanceof McFetchError)) throw error;
  }
  return readClock() - started;
}

/** Returns the CPU time of the process in milliseconds. Workers show only the time. */
function readClock(): number {
  if (globalThis.navigator?.userAgent === "Cloudflare-Workers") return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function makeTarget(parse: (input: Uint8Array) => unknown): Target {
  return async (input) => {
    let ms = await measure(() => parse(input));
    // A second try corrects the time if the code was not compiled yet.
    if (ms > TIME_LIMIT / 4) ms = Math.min(ms, await measure(() => parse(input)));
    if (ms > slowest.ms) Object.assign(slowest, { ms, input: input.slice() });
    if (ms > TIME_LIMIT) throw new Error(`The parser took ${ms.toFixed()} ms`);
  };
}

const latin1 = new TextDecoder("latin1");

/** The targets by their names. */
export const TARGETS: Readonly<Record<string, Target>> = {
  pkcs12: makeTarget((input) => readPkcs12(input, OPTIONS)),
  // The file around the bags is valid and has no MAC, so that no checksum rejects the input.
  safeContents: makeTarget((input) => readPkcs12(writePfx(input), OPTIONS)),
  privateKey: makeTarget((input) => readPrivateKey(input, OPTIONS)),
  pem: makeTarget((input) => readPrivateKey(latin1.decode(input), OPTIONS)),
  // Without the file's passphrase the digest is not verified, so that it rejects no input.
  keystore: makeTarget(async (input) => {
    const options = { keyPassphrase: PASSPHRASE, limits: LIMITS };
    const { keys } = await openKeystore(input, new Opening("the keystore", options));
    await Promise.all(keys.map((decrypt) => decrypt()));
  }),
  pkcs7: makeTarget((input) => readPkcs7(input, new Opening("the file"))),
  identity: makeTarget((input) => loadIdentity({ cert: input, key: input, ...OPTIONS })),
  inspect: makeTarget((input) => inspectCredentials({ cert: input, key: input, ...OPTIONS })),
  mastercardErrors: makeTarget((input) => readMastercardErrors(input)),
};
