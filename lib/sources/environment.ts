/**
 * `fromEnv`: credentials in variables of the environment.
 *
 * @module
 */
import { SEQUENCE } from "../asn1/tags.ts";
import { decodeBase64 } from "../crypto/base64.ts";
import { invalidArgument } from "../errors.ts";
import { describeType, readOptions } from "../identity/arguments.ts";
import { isJavaKeystore } from "../keys/contents.ts";
import { readVariable, unavailable } from "./disk.ts";
import { readOther } from "./files.ts";
import { type LoadCredentials, makeLoader, type OtherOptions, type Part } from "./loader.ts";

/** Options of {@linkcode fromEnv}: those of credentials that are neither files nor passphrases. */
export type EnvOptions = Omit<OtherOptions, "passphrase" | "keyPassphrase">;

const ACTION = "read the credentials from the environment";

/** The variables without their prefix. */
const NAMES = ["CERT", "KEY", "PFX", "PASSPHRASE", "PASSPHRASE_FILE", "CA"] as const;
type Variables = Partial<Record<typeof NAMES[number], string>>;

/** The shortest DER or PEM in base64. A path may also look like base64. */
const MIN_BASE64 = 64;

/**
 * Returns a function for `createMcFetch` that reads credentials from variables of the environment:
 * `MC_MTLS_CERT` and `MC_MTLS_KEY`, or `MC_MTLS_PFX`; `MC_MTLS_CA` for additional CAs; and
 * `MC_MTLS_PASSPHRASE` or `MC_MTLS_PASSPHRASE_FILE`. A variable for a file holds its contents as
 * PEM, with line breaks as such or as `\n`; or base64; or the path of a file. Files are read again
 * when they have changed, as with {@linkcode fromFiles}. Runs on Deno, Node and Bun.
 *
 * @param prefix What the names of the variables begin with. Default is `"MC_MTLS_"`
 * @param options Options of credentials, such as `origins`
 * @returns The function; it returns the same object until a variable or a file changes
 * @throws {McFetchError} `invalid_argument` if an option is unknown or of the wrong type. The
 * function rejects with `credentials_unavailable` if a variable or a file cannot be read
 *
 * @example A `.p12` in base64
 * ```ts no-eval
 * import { createMcFetch, fromEnv } from "@acme/mc-mtls";
 *
 * // MC_MTLS_PFX="$(base64 client.p12)" MC_MTLS_PASSPHRASE=keystorepassword
 * const fetch = createMcFetch(fromEnv());
 * console.log((await fetch("https://services.mastercard.com/")).status);
 * ```
 */
export function fromEnv(prefix: string = "MC_MTLS_", options: EnvOptions = {}): LoadCredentials {
  if (typeof prefix !== "string") {
    throw invalidArgument(ACTION, `prefix must be a string: got ${describeType(prefix)}`);
  }
  const names = ["alias", "proxy", "origins", "limits"] as const;
  const other = readOther(ACTION, readOptions(ACTION, options, names));
  let last: { readonly values: string; readonly load: LoadCredentials } | undefined;
  return async () => {
    const variables: Variables = {};
    for (const name of NAMES) {
      const value = readVariable(prefix + name);
      if (value) variables[name] = value; // an empty one counts as absent
    }
    const values = JSON.stringify(variables);
    if (values !== last?.values) last = { values, load: makeLoad(prefix, variables, other) };
    return await last.load();
  };
}

function makeLoad(prefix: string, variables: Variables, other: OtherOptions): LoadCredentials {
  const { CERT, KEY, PFX, PASSPHRASE, PASSPHRASE_FILE } = variables;
  const fail = (problem: string) => unavailable("the credentials from the environment", problem);
  const list = (...names: typeof NAMES[number][]) =>
    names.map((name) => prefix + name).join(" and ");
  if (PFX !== undefined && (CERT ?? KEY) !== undefined) {
    throw fail(`set either ${list("PFX")} or ${list("CERT", "KEY")}`);
  }
  if (PFX === undefined && (CERT === undefined || KEY === undefined)) {
    throw fail(`set ${list("CERT", "KEY")}, or ${list("PFX")}`);
  }
  if (PASSPHRASE !== undefined && PASSPHRASE_FILE !== undefined) {
    throw fail(`set only one of ${list("PASSPHRASE", "PASSPHRASE_FILE")}`);
  }
  // A damaged key, or a passphrase in the wrong variable, counts as a path: no message shows it.
  const part = (
    name: typeof NAMES[number],
    read: (value: string) => Part | undefined = readContents,
  ): Part | undefined => {
    const value = variables[name];
    if (value === undefined) return undefined;
    return read(value) ?? { path: value, name: `the file that ${list(name)} names` };
  };
  const ca = part("CA");
  return makeLoader({
    cert: part("CERT"),
    key: part("KEY"),
    pfx: part("PFX"),
    passphraseFile: part("PASSPHRASE_FILE", () => undefined),
    extraCa: ca === undefined ? [] : [ca],
  }, { ...other, passphrase: PASSPHRASE });
}

/** Reads PEM and base64. The reader of key files decodes the rest. Any other value is a path. */
function readContents(value: string): Part | undefined {
  if (value.includes("-----BEGIN ")) return { contents: value };
  const bytes = value.length < MIN_BASE64 ? undefined : decodeBase64(value.trim());
  if (bytes === undefined) return undefined;
  const isKeyFile = bytes[0] === SEQUENCE || isJavaKeystore(bytes) ||
    new TextDecoder().decode(bytes).includes("-----BEGIN ");
  return isKeyFile ? { contents: bytes } : undefined;
}
