/**
 * The TLS context of a client on Node.
 *
 * @module
 */
import type { SecureContext } from "node:tls";
import { getBuiltin } from "../../builtin.ts";
import { Turns } from "../../crypto/turns.ts";
import { type ClientSettings, refuseCa, refuseKey } from "./client.ts";
import { readAddedRoots, trustAlso } from "./roots.ts";

/**
 * Makes the context: the certificate to present, and the CAs to trust.
 *
 * @throws {McFetchError} `unsupported_algorithm` if OpenSSL does not support the key or a CA
 */
export async function makeContext(settings: ClientSettings): Promise<SecureContext> {
  const { cert, key, extraCa } = settings;
  const { createSecureContext } = getBuiltin("node:tls");
  let context: SecureContext;
  try {
    context = createSecureContext({ cert, key });
  } catch (cause) {
    throw refuseKey("Node", settings, { cause });
  }
  try {
    await checkCas(extraCa);
    const trusted = extraCa.length === 0 ? [] : [...await readAddedRoots(), ...extraCa];
    if (await addTrust(context, trusted)) return context;
    return createSecureContext({ cert, key, ...await trustAlso(extraCa) });
  } catch (cause) {
    throw refuseCa("Node", cause);
  }
}

/** Throws if OpenSSL cannot read a CA. A secure context would leave it out without a word. */
async function checkCas(extraCa: readonly string[]): Promise<void> {
  const { X509Certificate } = getBuiltin("node:crypto");
  const turns = new Turns();
  for (const pem of extraCa) {
    new X509Certificate(pem);
    await turns.take();
  }
}

/**
 * Trusts CAs in one context, in addition to the default roots. A list of all roots would take 15 to
 * 39 ms and 0.9 MB for each client. The store that Node then makes for the context has only the
 * roots of its own. Node does not document the method: false if it is not there.
 */
async function addTrust(secureContext: SecureContext, ca: readonly string[]): Promise<boolean> {
  const context: { addCACert?: (pem: string) => void } | undefined = secureContext.context;
  if (typeof context?.addCACert !== "function") return ca.length === 0;
  const turns = new Turns();
  for (const pem of ca) {
    context.addCACert(pem); // 0.2 ms
    await turns.take();
  }
  return true;
}
