/**
 * Subresource Integrity: the body of a response must have the digest that the caller names.
 *
 * @module
 */
import { encodeBase64 } from "../crypto/base64.ts";
import { McFetchError } from "../errors.ts";

/** The hash functions, the weakest first (Subresource Integrity, section 3.2). */
const HASHES = ["sha256", "sha384", "sha512"];

/** `sha256-` and a digest in base64 or base64url, perhaps with options. */
const METADATA = /^(?<hash>sha\d+)-(?<digest>[^?]*)/;

/**
 * Reads the body and compares its digest. Metadata without a known hash function match any body, as
 * the standard says.
 *
 * @param url The URL of the request
 * @throws {McFetchError} `invalid_response` if no digest matches
 */
export async function checkIntegrity(
  response: Response,
  integrity: string,
  { origin }: URL,
): Promise<Response> {
  const all = integrity.split(/\s+/).flatMap((item) => {
    const { hash = "", digest = "" } = METADATA.exec(item)?.groups ?? {};
    const base64 = digest.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
    return HASHES.includes(hash) ? [{ hash, digest: base64 }] : [];
  });
  const strongest = HASHES.findLast((hash) => all.some((item) => item.hash === hash));
  if (strongest === undefined) return response;
  const body = await response.clone().arrayBuffer();
  const name = strongest.replace("sha", "SHA-");
  const bytes = new Uint8Array(await crypto.subtle.digest(name, body));
  const digest = encodeBase64(bytes).replace(/=+$/, "");
  const matches = all.some((item) => item.hash === strongest && item.digest === digest);
  if (matches) return response;
  await response.body?.cancel();
  throw new McFetchError(
    "invalid_response",
    `Cannot use the response of ${origin}: its body does not match \`integrity\``,
  );
}
