/** The servers with which a request fails, as the tests call them. */
import { readFileSync } from "node:fs";
import { mcFetch } from "../../mod.ts";
import { runtime, server } from "./context.ts";
import type { TroubleServers } from "./trouble_servers.ts";

/** The servers. Their programs start with the first test that asks for them. */
export const trouble: TroubleServers = runtime === "workerd"
  ? { ports: {}, directory: "", missing: [] }
  : await (await fetch(`${server.plainOrigin}/trouble`)).json();

/** Returns the URL of a server. */
export function troubleUrl(name: string, host = "localhost", path = "/"): string {
  return `https://${host}:${trouble.ports[name]}${path}`;
}

/** Calls a URL with an identity of the servers' folder. */
export function callTrouble(
  url: string,
  { identity = "client", extraCa = "root.pem", folder = trouble.directory, ...more }: {
    readonly identity?: string;
    readonly extraCa?: string;
    readonly folder?: string;
    readonly proxy?: string;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Response> {
  const { signal, proxy } = more;
  const read = (name: string) => readFileSync(`${folder}/${name}`, "utf8");
  return mcFetch(url, signal ? { signal } : {}, {
    cert: read(`${identity}.pem`),
    key: read(`${identity}.key`),
    ...extraCa && { extraCa: read(extraCa) },
    ...proxy && { proxy },
  });
}
