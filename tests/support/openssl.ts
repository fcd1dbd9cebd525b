/** The machine's OpenSSL, where there is one. */
import { execFileSync } from "node:child_process";
import process from "node:process";

/** As every algorithm needs it: RC2, RC4, single DES and others are in the legacy provider. */
const PROVIDERS = ["-provider", "default", "-provider", "legacy"];

/**
 * Runs an OpenSSL command, and returns what it writes to its output.
 *
 * @param passphrase What `env:PASSPHRASE` stands for among the arguments. OpenSSL takes the octets,
 * which are UTF-8 here: for PBES2 as they are, for PKCS#12's own schemes as a BMPString
 */
export function openssl(args: readonly string[], passphrase: string = ""): Uint8Array<ArrayBuffer> {
  const [command, ...rest] = args;
  return new Uint8Array(execFileSync("openssl", [command!, ...PROVIDERS, ...rest], {
    env: { ...process.env, PASSPHRASE: passphrase },
    stdio: ["ignore", "pipe", "pipe"], // what it prints to standard error goes into what is thrown
  }));
}

/** The names that `openssl list` knows of these, in lower case; none where it cannot be run. */
export function known(kind: "cipher" | "digest"): Set<string> {
  try {
    const list = new TextDecoder().decode(openssl(["list", `-${kind}-algorithms`]));
    return new Set(list.toLowerCase().match(/[\w-]+/g));
  } catch {
    return new Set();
  }
}
