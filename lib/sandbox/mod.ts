/**
 * A local stand-in for Mastercard's sandbox, for the tests of programs that present a client
 * certificate: an HTTPS server with its own CA and client certificates. It requires a certificate,
 * and answers as the Petstore of Mastercard's mTLS guide. It runs on Node and Deno.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { invalidArgument } from "../errors.ts";
import { readOptions } from "../identity/arguments.ts";
import type { SandboxBehavior } from "./behavior.ts";
import { IDENTITIES, PASSPHRASE, type SandboxIdentity } from "./identities.ts";
import { openSandbox } from "./open.ts";
import { answerWith } from "./web_handler.ts";

export type { SandboxBehavior, SandboxIdentity };

/** Running sandbox. */
export interface Sandbox {
  /** The origin, such as `https://localhost:40123`. The Petstore is at `/petstore/pets`. */
  readonly origin: string;
  /** The folder with `ca.pem`, and `NAME.p12`, `NAME.pem` and `NAME.key` of each identity. */
  readonly directory: string;
  /** The passphrase of the `.p12` files. */
  readonly passphrase: string;
  /**
   * Returns credentials for `mcFetch`.
   *
   * @param identity `client`: the server accepts it. `expired`, `revoked`, and `foreign`, which
   * another CA issued: the server rejects them. Default is `client`
   */
  credentials(identity?: SandboxIdentity): SandboxCredentials;
  /** Closes all connections, and removes the files. */
  close(): Promise<void>;
  /** Does the same as `close`, at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Credentials for the sandbox. */
export interface SandboxCredentials {
  /** The `.p12` file. */
  readonly pfx: Uint8Array<ArrayBuffer>;
  /** Its passphrase. */
  readonly passphrase: string;
  /** The CA of the server's certificate. */
  readonly extraCa: Uint8Array<ArrayBuffer>;
}

/** Options of {@linkcode startSandbox}. */
export interface SandboxOptions {
  /** The port to listen on. Default is any free port. */
  readonly port?: number | undefined;
  /** The folder for the files: an empty one, or a new one. Default is a temporary folder. */
  readonly directory?: string | undefined;
  /** The failure to show. Default is `gateway`. */
  readonly behavior?: SandboxBehavior | undefined;
  /**
   * Answers requests that have an accepted certificate. Returns `undefined` for those that the
   * Petstore answers. Default is none.
   */
  readonly handle?:
    | ((request: Request) => Response | undefined | Promise<Response | undefined>)
    | undefined;
}

/**
 * Starts a local stand-in for Mastercard's sandbox. It listens only on this machine.
 *
 * @param options The port, the folder, the behavior and your own responses
 * @returns The sandbox, with credentials for it. Call `close()` at the end
 * @throws {McFetchError} `invalid_argument` if an option is wrong, or the port or the folder cannot
 * be used; `unsupported_runtime` on Bun
 *
 * @example Test a program against the sandbox
 * ```ts no-eval
 * import { mcFetch } from "@acme/mc-mtls";
 * import { startSandbox } from "@acme/mc-mtls/sandbox";
 *
 * const sandbox = await startSandbox();
 * try {
 *   const url = `${sandbox.origin}/petstore/pets`;
 *   const response = await mcFetch(url, undefined, sandbox.credentials());
 *   console.log(response.status); // 200
 *   const rejected = await mcFetch(url, undefined, sandbox.credentials("expired"));
 *   console.log(rejected.status); // 422
 * } finally {
 *   await sandbox.close();
 * }
 * ```
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const names = ["port", "directory", "behavior", "handle"] as const;
  const given = readOptions("start the sandbox", options, names) as SandboxOptions;
  const { handle, ...others } = given;
  const { origin, directory, close } = await openSandbox({
    ...others,
    ...handle && { handle: answerWith(handle) },
  });
  const read = (name: string) => new Uint8Array(readFileSync(join(directory, name)));
  return {
    origin,
    directory,
    passphrase: PASSPHRASE,
    credentials(identity = "client") {
      if (!IDENTITIES.includes(identity)) {
        const rule = `identity must be one of ${IDENTITIES.join(", ")}`;
        throw invalidArgument("read the credentials", rule);
      }
      return {
        pfx: read(`${identity}.p12`),
        passphrase: PASSPHRASE,
        extraCa: read("ca.pem"),
      };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
