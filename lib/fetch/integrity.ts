/**
 * Subresource Integrity: the body of a response must have the digest that the caller names.
 *
 * @module
 */
import { encodeBase64 } from "../crypto/base64.ts";
import { McFetchError } from "../errors.ts";
import { native } from "./runtime/native.ts";

/** The hash functions, the weakest first (Subresource Integrity, section 3.2). */
const HASHES = ["sha256", "sha384", "sha512"];
const NAMES: Readonly<Record<string, string>> = {
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
};

/**
 * Reads the body and compares its digest. Metadata that names no known hash function match anything,
 * as the standard says.
 *
 * @throws {McFetchError} `invalid_response` if no digest matches
 */
export async function checkIntegrity(response: Response, integrity: string): Promise<Response> {
  const all = integrity.split(/\s+/).map((item) => /^(sha\d+)-([A-Za-z0-9+/_-]+=*)/.exec(item))
    .filter((item) => item !== null && HASHES.includes(item[1]!)) as RegExpExecArray[];
  if (all.length === 0) return response;
  const strongest = HASHES.findLast((hash) => all.some((item) => item[1] === hash))!;
  const body = await response.clone().arrayBuffer();
  const digest = encodeBase64(
    new Uint8Array(await crypto.subtle.digest(NAMES[strongest]!, body)),
  );
  const matches = all.some(([, hash, value]) =>
    hash === strongest && value!.replaceAll("-", "+").replaceAll("_", "/") === digest
  );
  if (matches) return response;
  await response.body?.cancel();
  const { origin } = new native.URL(response.url);
  throw new McFetchError(
    "invalid_response",
    `Cannot use the response of ${origin}: its body does not match \`integrity\``,
  );
}
