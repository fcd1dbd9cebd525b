import { readPem } from "../pem.ts";
import { readCertificate } from "../x509.ts";
import { type Client, type ClientSettings, refuseKey } from "./client.ts";

interface DenoHttpClient {
  close(): void;
}

/** The part of the `Deno` namespace that is used here, since its types exist on Deno alone. */
export interface DenoNamespace {
  createHttpClient(
    options: { cert: string; key: string; caCerts: readonly string[] },
  ): DenoHttpClient;
}

/** RSA of these lengths, in bits, is what its TLS takes. */
const [MIN_RSA, MAX_RSA] = [2048, 8192];

/** RFC 5280, 4.2.1: the critical extensions that its TLS understands. */
const EXTENSIONS: ReadonlySet<string> = new Set([
  "2.5.29.15", // keyUsage
  "2.5.29.17", // subjectAltName
  "2.5.29.19", // basicConstraints
  "2.5.29.30", // nameConstraints
  "2.5.29.31", // cRLDistributionPoints
  "2.5.29.37", // extKeyUsage
]);

/** Before 2.9.6 Deno ends the whole process over any other key or certificate. */
function takes(keyType: string, chain: string): boolean {
  const file = "the client certificate";
  const [block] = readPem(chain, file);
  const leaf = block && readCertificate(block.bytes, file);
  if (leaf?.version !== 3 || !leaf.criticalExtensions.every((type) => EXTENSIONS.has(type))) {
    return false;
  }
  const [, bits] = /^RSA (\d+)$/.exec(keyType) ?? [];
  if (bits !== undefined) return Number(bits) >= MIN_RSA && Number(bits) <= MAX_RSA;
  return /^(EC P-(256|384|521)|Ed25519)$/.test(keyType);
}

/** Opens a client on Deno, whose `caCerts` add to its own roots. */
export function openDenoClient(
  deno: DenoNamespace,
  { cert, key, keyType, ca }: ClientSettings,
): Client {
  if (!takes(keyType, cert)) throw refuseKey("Deno", keyType);
  let client: DenoHttpClient;
  try {
    client = deno.createHttpClient({ cert, key, caCerts: ca });
  } catch (cause) {
    throw refuseKey("Deno", keyType, cause);
  }
  return {
    fetch(request) {
      const init: RequestInit & { client: DenoHttpClient } = { client };
      return fetch(request, init);
    },
    close: () => client.close(),
  };
}
