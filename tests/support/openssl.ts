/** Runs the installed OpenSSL. */
import { execFileSync } from "node:child_process";
import process from "node:process";

/** The providers of all algorithms. RC2, RC4, single DES and others need the legacy provider. */
const PROVIDERS = ["-provider", "default", "-provider", "legacy"];

/**
 * Runs an OpenSSL command, and returns its output.
 *
 * @param passphrase The value of `env:PASSPHRASE` in the arguments. OpenSSL uses the UTF-8 bytes
 * for PBES2, and the BMPString for PKCS#12's own schemes
 */
export function openssl(args: readonly string[], passphrase: string = ""): Uint8Array<ArrayBuffer> {
  const [command, ...rest] = args;
  return new Uint8Array(execFileSync("openssl", [command!, ...PROVIDERS, ...rest], {
    env: { ...process.env, PASSPHRASE: passphrase },
    stdio: ["ignore", "pipe", "pipe"], // the error that is thrown holds standard error
  }));
}

/** Lists OpenSSL's ciphers or digests in lower case. Returns none if OpenSSL is not installed. */
export function listAlgorithms(kind: "cipher" | "digest"): Set<string> {
  try {
    const list = new TextDecoder().decode(openssl(["list", `-${kind}-algorithms`]));
    return new Set(list.toLowerCase().match(/[\w-]+/g));
  } catch {
    return new Set();
  }
}
