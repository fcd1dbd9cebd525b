/**
 * Measures the time to open `.p12` files on Node: the library, node-forge, pkijs and Node's own
 * `tls.createSecureContext`, in turns. openssl and keytool make the files.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { readPkcs12 } from "../../mod.ts";
import { median } from "./statistics.ts";

const PASSPHRASE = "changeit";

/** Time of a decoder for a file, in milliseconds. */
export interface P12Row {
  readonly file: string;
  readonly decoder: string;
  /** The time. Absent if the decoder cannot open the file. */
  readonly time?: number;
  /** The time divided by the library's. */
  readonly ratio?: number;
}

/** File to open, and the number of times, so that all files take about as long. */
interface Case {
  readonly name: string;
  readonly rounds: number;
  readonly file: string;
}

type Decoder = (bytes: Uint8Array<ArrayBuffer>) => unknown;

/** Shrouded key bag of pkijs, with the method that decrypts it. pkijs' types hide the method. */
interface Shrouded {
  parseInternalValues(parameters: { password: ArrayBuffer }): Promise<void>;
}

function isShrouded(value: unknown): value is Shrouded {
  return value !== null && typeof value === "object" && "parseInternalValues" in value;
}

function makeFiles(folder: string): Case[] {
  const at = (name: string) => join(folder, name);
  const run = (command: string, args: string) =>
    execFileSync(command, args.split(" "), { stdio: "pipe", cwd: folder });
  const secret = `pass:${PASSPHRASE}`;
  run(
    "openssl",
    "req -x509 -newkey rsa:2048 -noenc -keyout key.pem -out cert.pem -subj /CN=bench -days 30",
  );
  const pack = (options: string) =>
    run("openssl", `pkcs12 -export -inkey key.pem -in cert.pem -passout ${secret} ${options}`);
  pack("-out openssl3.p12");
  pack("-out legacy.p12 -legacy");
  pack("-out 600000.p12 -iter 600000");
  run(
    "keytool",
    "-importkeystore -noprompt -srckeystore openssl3.p12 -destkeystore keytool.p12 " +
      `-srcstorepass ${PASSPHRASE} -deststorepass ${PASSPHRASE}`,
  );
  return [
    { name: "OpenSSL 3 default", rounds: 200, file: at("openssl3.p12") },
    { name: "keytool, 10,000 iterations", rounds: 60, file: at("keytool.p12") },
    { name: "legacy, RC2-40 and 3DES", rounds: 200, file: at("legacy.p12") },
    { name: "600,000 iterations, three times", rounds: 5, file: at("600000.p12") },
  ];
}

async function loadDecoders(): Promise<ReadonlyMap<string, Decoder>> {
  const forge = (await import("node-forge")).default;
  const pkijs = await import("pkijs");
  return new Map<string, Decoder>([
    ["mc-mtls", (bytes) => readPkcs12(bytes, { passphrase: PASSPHRASE })],
    ["native", (bytes) => createSecureContext({ pfx: bytes as Buffer, passphrase: PASSPHRASE })],
    ["node-forge", (bytes) => {
      const pfx = forge.pkcs12.pkcs12FromAsn1(
        forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(bytes).toString("binary"))),
        PASSPHRASE,
      );
      pfx.getBags({ bagType: forge.pki.oids["certBag"]! });
    }],
    ["pkijs", async (bytes) => {
      const password = new TextEncoder().encode(PASSPHRASE).buffer;
      const pfx = pkijs.PFX.fromBER(bytes);
      await pfx.parseInternalValues({ password, checkIntegrity: true });
      const safe = pfx.parsedValue!.authenticatedSafe!;
      const contents = safe.safeContents as unknown[];
      await safe.parseInternalValues({ safeContents: contents.map(() => ({ password })) });
      for (const { value } of safe.parsedValue.safeContents) {
        for (const bag of (value as InstanceType<typeof pkijs.SafeContents>).safeBags) {
          const shrouded: unknown = bag.bagValue;
          if (isShrouded(shrouded)) await shrouded.parseInternalValues({ password });
        }
      }
    }],
  ]);
}

async function measure(decoder: Decoder, bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const since = performance.now();
  await decoder(bytes);
  return performance.now() - since;
}

/**
 * Measures every decoder with every file. A quick run opens each a tenth as often.
 *
 * @param folder An existing folder for the files
 */
export async function measureP12(isQuick: boolean, folder: string): Promise<P12Row[]> {
  const all = await loadDecoders();
  const rows: P12Row[] = [];
  for (const one of makeFiles(folder)) rows.push(...await measureFile(one, all, isQuick));
  return rows;
}

async function measureFile(
  { name, rounds, file }: Case,
  all: ReadonlyMap<string, Decoder>,
  isQuick: boolean,
): Promise<P12Row[]> {
  const bytes = new Uint8Array(readFileSync(file));
  const times = new Map<string, number[]>();
  for (let round = 0; round < (isQuick ? Math.ceil(rounds / 10) : rounds); round++) {
    for (const [decoder, open] of all) {
      // node-forge takes seconds for 600,000 iterations; a few rounds are enough
      if (round >= 2 && (times.get(decoder)?.[0] ?? 0) > 2000) continue;
      const took = await measure(open, bytes).catch(() => undefined);
      if (took !== undefined) times.set(decoder, [...times.get(decoder) ?? [], took]);
    }
  }
  const ours = median(times.get("mc-mtls")!);
  return [...all.keys()].map((decoder) => {
    const taken = times.get(decoder);
    if (taken === undefined) return { file: name, decoder };
    return { file: name, decoder, time: median(taken), ratio: median(taken) / ours };
  });
}
