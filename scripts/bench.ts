/**
 * How long it takes to open key files: `npx tsx scripts/bench.ts p12`, on Node with OpenSSL 3.
 *
 * Beside node-forge, pkijs and Node's own `tls.createSecureContext`, in turns, so that a machine that is busy for
 * a while is so for all. The files are made by openssl and keytool at the start.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createSecureContext } from "node:tls";
import { readPkcs12 } from "../lib/identity/read_pkcs12.ts";

const PASSPHRASE = "changeit";

/** A file to open, and how often, so that all take about as long. */
interface Case {
  readonly name: string;
  readonly rounds: number;
  readonly file: string;
}

type Decoder = (bytes: Uint8Array<ArrayBuffer>) => unknown;

/** What TypeScript does not let one call on pkijs' shrouded key bags, although nothing else decrypts them. */
interface Shrouded {
  parseInternalValues(parameters: { password: ArrayBuffer }): Promise<void>;
}

function isShrouded(value: unknown): value is Shrouded {
  return value !== null && typeof value === "object" && "parseInternalValues" in value;
}

function makeFiles(folder: string): Case[] {
  const at = (name: string) => join(folder, name);
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: "pipe", cwd: folder });
  const subject = ["-subj", "/CN=bench", "-days", "30"];
  run(
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-noenc",
    "-keyout",
    "key.pem",
    "-out",
    "cert.pem",
    ...subject,
  );
  const export_ = (out: string, ...args: string[]) =>
    run(
      "openssl",
      "pkcs12",
      "-export",
      "-inkey",
      "key.pem",
      "-in",
      "cert.pem",
      "-passout",
      `pass:${PASSPHRASE}`,
      "-out",
      out,
      ...args,
    );
  export_("openssl3.p12");
  export_("legacy.p12", "-legacy");
  export_("600000.p12", "-iter", "600000");
  run(
    "keytool",
    "-importkeystore",
    "-noprompt",
    "-srckeystore",
    "openssl3.p12",
    "-srcstorepass",
    PASSPHRASE,
    "-destkeystore",
    "keytool.p12",
    "-deststorepass",
    PASSPHRASE,
  );
  return [
    { name: "(a) OpenSSL 3 default", rounds: 200, file: at("openssl3.p12") },
    { name: "(b) keytool, 10,000 iterations", rounds: 60, file: at("keytool.p12") },
    { name: "(c) legacy, RC2-40 and 3DES", rounds: 200, file: at("legacy.p12") },
    { name: "(d) 600,000 iterations, three times", rounds: 5, file: at("600000.p12") },
  ];
}

async function decoders(): Promise<ReadonlyMap<string, Decoder>> {
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

async function time(decoder: Decoder, bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const since = performance.now();
  await decoder(bytes);
  return performance.now() - since;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

async function p12(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mc-mtls-bench-"));
  try {
    const all = await decoders();
    for (const { name, rounds, file } of makeFiles(folder)) {
      const bytes = new Uint8Array(readFileSync(file));
      const times = new Map<string, number[]>();
      for (let round = 0; round < rounds; round++) {
        for (const [who, decoder] of all) {
          // node-forge takes seconds for (d); a few are enough
          if (round >= 3 && (times.get(who)?.[0] ?? 0) > 2000) continue;
          const took = await time(decoder, bytes).catch(() => undefined);
          if (took !== undefined) times.set(who, [...times.get(who) ?? [], took]);
        }
      }
      const ours = median(times.get("mc-mtls")!);
      console.log(name);
      for (const who of all.keys()) {
        const taken = times.get(who);
        const result = taken
          ? `${median(taken).toFixed(2).padStart(10)} ms   ${(median(taken) / ours).toFixed(2)} x`
          : "    cannot";
        console.log(`  ${who.padEnd(12)}${result}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = { p12 };

const wanted = process.argv[2] ?? "";
const benchmark = BENCHMARKS[wanted];
if (benchmark) await benchmark();
else console.error(`usage: bench.ts ${Object.keys(BENCHMARKS).join(" | ")}`);
