/**
 * Measures many credentials in one process: requests a second and the resident set size. The
 * library keeps 64 clients open, so the size must level off.
 *
 * @module
 */
import { Utf8String } from "asn1js";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { certificatePem, issue, type Issued, keyPem } from "../../lib/sandbox/pki.ts";
import { BUNDLES, LIBRARY } from "./bundle.ts";
import { type BenchRuntime, startProgram } from "./child.ts";
import type { Server } from "./nginx.ts";

/** Task of `tenants_program.ts`. */
export interface TenantsTask {
  readonly library: string;
  readonly url: string;
  /** The file with the certificates, as a JSON array of PEM. */
  readonly certs: string;
  /** The file of their private key. */
  readonly key: string;
  /** The file of the server's CA, if it is passed as `extraCa`. */
  readonly ca?: string;
  readonly tenants: number;
  readonly requests: number;
}

/** Result of one process. */
export interface TenantsRow {
  readonly runtime: string;
  readonly version: string;
  readonly hasCa: boolean;
  readonly tenants: number;
  readonly requests: number;
  /** Requests a second. */
  readonly rate: number;
  /** The sizes at the start, and after each quarter of the requests, in bytes. */
  readonly rss: readonly number[];
}

/** The numbers of credentials. */
const TENANTS = [1, 64, 2000];

/** Each credential is used so often by one process. */
const ROUNDS = 3;

/** The least requests of one process. */
const MIN_REQUESTS = 2000;

/** Issues the certificates: one key for all, since making 2,000 keys takes minutes. */
export async function writeTenants({ folder }: Server, ca: Issued): Promise<void> {
  const issued = await issue({ commonName: "tenant", use: "client" }, ca);
  const { certificate } = issued;
  const certs: string[] = [];
  for (let number = 0; number < Math.max(...TENANTS); number++) {
    const [name] = certificate.subject.typesAndValues;
    name!.value = new Utf8String({ value: `tenant ${number}` });
    await certificate.sign(ca.keys.privateKey, "SHA-256");
    certs.push(certificatePem(issued));
  }
  if (new Set(certs).size !== certs.length) throw new Error("two tenants have one certificate");
  await writeFile(join(folder, "tenants.json"), JSON.stringify(certs));
  await writeFile(join(folder, "tenants.key"), await keyPem(issued), { mode: 0o600 });
}

/** Measures one runtime, with `extraCa` and without. */
export async function measureTenants(
  runtime: BenchRuntime,
  isQuick: boolean,
  { folder, origin }: Server,
): Promise<TenantsRow[]> {
  const rows: TenantsRow[] = [];
  const ca = join(folder, "ca.pem");
  for (const hasCa of [false, true]) {
    for (const tenants of TENANTS) {
      const requests = isQuick ? tenants : Math.max(MIN_REQUESTS, tenants * ROUNDS);
      const task: TenantsTask = {
        library: LIBRARY,
        url: `${origin}/small`,
        certs: join(folder, "tenants.json"),
        key: join(folder, "tenants.key"),
        ...hasCa && { ca },
        tenants,
        requests,
      };
      const program = [join(BUNDLES, "tenants_program.js"), JSON.stringify(task)];
      const child = startProgram(runtime, program, hasCa ? undefined : ca);
      const [output] = await Promise.all([text(child.stdout!), once(child, "close")]);
      const { rate, rss }: Pick<TenantsRow, "rate" | "rss"> = JSON.parse(output);
      const { name, version } = runtime;
      rows.push({ runtime: name, version, hasCa, tenants, requests, rate, rss });
    }
  }
  return rows;
}
