/** Tests certificate requests with OpenSSL, if it is installed. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { CsrKeyType } from "../../lib/certificates/csr_writer.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { writePkcs12 } from "../../lib/identity/write_pkcs12.ts";
import { describeKey } from "../../lib/keys/algorithms.ts";
import { fixture, runtime, testExceptOn } from "../support/context.ts";
import { CSR_KEY_TYPES, requestOf } from "../support/csr.ts";
import { listAlgorithms } from "../support/openssl.ts";

const RSA_SIGNATURE = "Signature Algorithm: sha256WithRSAEncryption";

/** The lines that OpenSSL prints for each key type. */
const OUTPUT: Record<CsrKeyType, readonly string[]> = {
  "RSA 2048": ["Public-Key: (2048 bit)", RSA_SIGNATURE],
  "RSA 3072": ["Public-Key: (3072 bit)", RSA_SIGNATURE],
  "RSA 4096": ["Public-Key: (4096 bit)", RSA_SIGNATURE],
  "EC P-256": ["NIST CURVE: P-256", "Signature Algorithm: ecdsa-with-SHA256"],
  "EC P-384": ["NIST CURVE: P-384", "Signature Algorithm: ecdsa-with-SHA384"],
};

const isInstalled = listAlgorithms("digest").size > 0;
const UNLESS_INSTALLED: Parameters<typeof testExceptOn>[0] = isInstalled
  ? {}
  : { [runtime]: "openssl is not installed" };

/** Does work with a temporary folder. */
async function inFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mc-mtls-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

testExceptOn(UNLESS_INSTALLED, "OpenSSL verifies a request of each key type", async () => {
  for (const keyType of CSR_KEY_TYPES) {
    const { csr, key: privateKey } = await requestOf(keyType);
    await inFolder((folder) => {
      const [request, key] = [join(folder, "client.csr"), join(folder, "client.key")];
      writeFileSync(request, csr);
      writeFileSync(key, privateKey);
      const nameopt = "utf8,sep_comma_plus_space,sname";
      const { status, stdout, stderr } = spawnSync("openssl", [
        ...["req", "-in", request, "-verify", "-noout", "-text", "-nameopt", nameopt],
      ], { encoding: "utf8" });
      assertEquals(status, 0, stderr);
      assertStringIncludes(stdout + stderr, "verify OK"); // OpenSSL 3.0 ends with 0 in any case
      const name =
        "C=BE, O=Exämple & Söhne €, OU=Payments 支付 😀, CN=1728489217-Client-MTF-000000";
      for (const line of [`Subject: ${name}`, ...OUTPUT[keyType]]) {
        assertStringIncludes(stdout, line);
      }
      const run = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8" });
      run("pkey", "-in", key, "-check", "-noout");
      assertEquals(
        run("pkey", "-in", key, "-pubout"),
        run("req", "-in", request, "-pubkey", "-noout"),
      );
    });
  }
});

testExceptOn(
  UNLESS_INSTALLED,
  "a request becomes a certificate, a .p12 and an identity",
  async () => {
    for (const keyType of ["RSA 2048", "EC P-256", "EC P-384"] as const) {
      const { csr, key } = await requestOf(keyType);
      await inFolder(async (folder) => {
        for (const [name, contents] of Object.entries({ csr, ca: fixture("ca.pem") })) {
          writeFileSync(join(folder, name), contents);
        }
        writeFileSync(join(folder, "ca.key"), fixture("ca.key"));
        const cert = execFileSync("openssl", [
          ...["x509", "-req", "-in", "csr", "-CA", "ca", "-CAkey", "ca.key", "-set_serial", "1"],
          ...["-days", "1"],
        ], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
        const pfx = await writePkcs12({
          ...{ key, cert, chain: fixture("ca.pem") },
          ...{ passphrase: "keystorepassword", friendlyName: "client", iterations: 1000 },
        });
        const identity = await loadIdentity({ pfx, passphrase: "keystorepassword" });
        assertEquals(identity, {
          cert: cert + new TextDecoder().decode(fixture("ca.pem")),
          key,
          keyKind: identity.keyKind,
          isUsual: true,
        });
        assertEquals(describeKey(identity.keyKind), keyType);
      });
    }
  },
);
