import { parseProxy } from "../../identity/proxy_url.ts";
import { refuseHttpsProxy } from "./proxy.ts";
import { blameProxy } from "./proxy_failure.ts";
import { readPem } from "../../keys/pem.ts";
import { readCertificate } from "../../keys/x509.ts";
import { type Client, type ClientSettings, isCommonKey, refuseKey } from "./client.ts";
import { sendOnce } from "./send_once.ts";

interface DenoHttpClient {
  close(): void;
}

/** The part of the `Deno` namespace that is used here, since its types exist on Deno alone. */
export interface DenoNamespace {
  /** Opens a pool of connections. */
  createHttpClient(
    options: {
      cert: string;
      key: string;
      caCerts: readonly string[];
      proxy?: { url: string; basicAuth?: { username: string; password: string } };
    },
  ): DenoHttpClient;
  /** The environment, as far as the program may read it. */
  readonly env: { get(name: string): string | undefined };
  /** What the program may do. */
  readonly permissions: {
    querySync(permission: { name: "env"; variable: string }): { readonly state: string };
  };
}

/** RSA of these lengths, in bits, is what its TLS takes. */
const MIN_RSA = 2048;
const MAX_RSA = 8192;

/** RFC 5280, 4.2.1: the critical extensions that its TLS understands. */
const EXTENSIONS: ReadonlySet<string> = new Set([
  "2.5.29.15", // keyUsage
  "2.5.29.17", // subjectAltName
  "2.5.29.19", // basicConstraints
  "2.5.29.30", // nameConstraints
  "2.5.29.31", // cRLDistributionPoints
  "2.5.29.37", // extKeyUsage
]);

/** True if Deno's TLS accepts key and certificate. Deno before 2.9.6 ends the process on any other. */
function isAccepted(settings: ClientSettings): boolean {
  const file = "the client certificate";
  const [block] = readPem(settings.cert, file);
  const leaf = block && readCertificate(block.bytes, file);
  if (leaf?.version !== 3 || !leaf.criticalExtensions.every((type) => EXTENSIONS.has(type))) {
    return false;
  }
  const { keyKind } = settings;
  const hasSize = keyKind.family !== "RSA" || (keyKind.bits >= MIN_RSA && keyKind.bits <= MAX_RSA);
  return hasSize && isCommonKey(settings);
}

/** Opens a client on Deno, whose `caCerts` add to its own roots. */
export function openDenoClient(
  { createHttpClient, env, permissions }: DenoNamespace,
  settings: ClientSettings,
): Client {
  const { cert, key, extraCa, proxy } = settings;
  refuseHttpsProxy("Deno", proxy, (variable) => {
    // Asking without the permission would have Deno ask its user.
    const { state } = permissions.querySync({ name: "env", variable });
    return state === "granted" ? env.get(variable) : undefined;
  });
  if (!isAccepted(settings)) throw refuseKey("Deno", settings);
  let client: DenoHttpClient;
  try {
    client = createHttpClient({ cert, key, caCerts: extraCa, ...through(proxy) });
  } catch (cause) {
    throw refuseKey("Deno", settings, cause);
  }
  return {
    async fetch(request) {
      const init: RequestInit & { client: DenoHttpClient } = { client };
      return await fetch(await sendOnce(request), init).catch((error) => {
        throw proxy === undefined ? error : blameProxy(error);
      });
    },
    close: () => client.close(),
  };
}

/** Deno would take user name and password from the URL as they are, `%40` and all. */
function through(
  proxy: string | undefined,
): Partial<Parameters<DenoNamespace["createHttpClient"]>[0]> {
  if (proxy === undefined) return {};
  const { url, basicAuth } = parseProxy(proxy);
  return { proxy: { url: url.href, ...(basicAuth && { basicAuth }) } };
}
