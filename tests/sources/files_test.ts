/**
 * Credentials in files that are renewed, as certbot, cert-manager and Kubernetes do it.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type CertKeyPaths,
  createMcFetch,
  fromFiles,
  inspectCredentials,
  type LoadedCredentials,
  McFetchError,
  type PfxPaths,
  writePkcs12,
} from "../../mod.ts";
import { fixture, sandboxFile, server, testExceptOn } from "../support/context.ts";

const EXCEPT = { workerd: "it has no files" };

/** Two pairs that the sandbox accepts. */
const one = () => ({ cert: sandboxFile("client.pem"), key: sandboxFile("client.key") });
const two = () => ({ cert: fixture("client.pem"), key: fixture("client.pkcs8.key") });

/** Runs a test in a folder of its own. */
function testInFolder(name: string, body: (folder: string) => Promise<void>): void {
  testExceptOn(EXCEPT, name, async () => {
    const folder = await mkdtemp(join(tmpdir(), "mc-mtls-"));
    try {
      await body(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

async function writePair(folder: string, { cert, key }: ReturnType<typeof one>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "tls.crt"), cert);
  await writeFile(join(folder, "tls.key"), key);
}

function pairIn(folder: string): { cert: string; key: string } {
  return { cert: join(folder, "tls.crt"), key: join(folder, "tls.key") };
}

/** Returns the subject of the certificate, which says which pair it is. */
async function subjectOf(credentials: LoadedCredentials): Promise<string> {
  return (await inspectCredentials(credentials)).leaf.subject;
}

testInFolder("files are read again only when they have changed", async (folder) => {
  await writePair(folder, one());
  const load = fromFiles(pairIn(folder));
  const first = await load();
  assert(await load() === first, "the same object");
  await writePair(folder, one());
  const again = await load();
  assert(again !== first, "another time of change");
  await writePair(folder, two());
  const next = await load();
  assert(await subjectOf(next) !== await subjectOf(first));
  assert(await load() === next);
});

testInFolder("a secret of Kubernetes: the folder is swapped by a symbolic link", async (folder) => {
  await writePair(join(folder, "..1"), one());
  await symlink("..1", join(folder, "..data"));
  for (const name of ["tls.crt", "tls.key"]) {
    await symlink(join("..data", name), join(folder, name));
  }
  const load = fromFiles(pairIn(folder));
  const first = await subjectOf(await load());
  await writePair(join(folder, "..2"), two());
  await symlink("..2", join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  await rm(join(folder, "..1"), { recursive: true });
  assert(await subjectOf(await load()) !== first);
});

testInFolder("certbot: the links in live/ lead to other files of archive/", async (folder) => {
  const live = join(folder, "live");
  await mkdir(live);
  const link = async (number: number, pair: ReturnType<typeof one>) => {
    await writePair(join(folder, `archive${number}`), pair);
    for (const name of ["tls.crt", "tls.key"]) {
      await rm(join(live, name), { force: true });
      await symlink(join("..", `archive${number}`, name), join(live, name));
    }
  };
  await link(1, one());
  const load = fromFiles(pairIn(live));
  const first = await subjectOf(await load());
  await link(2, two());
  assert(await subjectOf(await load()) !== first);
});

testInFolder("half of a renewal is never taken, and the whole one is", async (folder) => {
  await writePair(folder, one());
  const load = fromFiles(pairIn(folder));
  const first = await subjectOf(await load());
  const { cert, key } = two();
  await writeFile(join(folder, "tls.crt"), cert);
  let isDone = false;
  const reading = load().then((credentials) => {
    assert(isDone, "the new key was not there yet");
    return credentials;
  });
  await new Promise((resolve) => setTimeout(resolve, 120));
  isDone = true;
  await writeFile(join(folder, "tls.key"), key);
  assert(await subjectOf(await reading) !== first);
});

testInFolder("CAs are not taken while their file is being written", async (folder) => {
  await writePair(folder, one());
  const extraCa = join(folder, "ca.crt");
  await writeFile(extraCa, sandboxFile("ca.pem"));
  const load = fromFiles({ ...pairIn(folder), extraCa });
  await load();
  await writeFile(extraCa, sandboxFile("ca.pem")); // the first of two
  const reading = load();
  await new Promise((resolve) => setTimeout(resolve, 60));
  const both = [...sandboxFile("ca.pem"), ...fixture("ca.pem")];
  writeFileSync(extraCa, new Uint8Array(both)); // before the timer that waits for the writer
  const [file] = (await reading).extraCa as Uint8Array[];
  assertEquals(file?.length, both.length);
});

testInFolder("a file that changed just now is read after a step of its clock", async (folder) => {
  await writePair(folder, one());
  await fromFiles(pairIn(folder))();
  // A change in the same step, of Linux's 10 ms, would leave the same time and never be seen.
  const { mtimeMs } = await stat(join(folder, "tls.key"));
  assert(Date.now() - mtimeMs >= 10);
});

testInFolder("a pair that stays half is an error, until it is whole", async (folder) => {
  await writePair(folder, one());
  const load = fromFiles(pairIn(folder));
  await load();
  const { cert, key } = two();
  await writeFile(join(folder, "tls.crt"), cert);
  await assertRejects(load, McFetchError, "no certificate belongs to the private key");
  const half = cert.subarray(0, cert.length / 2);
  await writeFile(join(folder, "tls.crt"), half);
  await writeFile(join(folder, "tls.key"), key);
  const error = await load().catch((error) => error);
  assertEquals(error.code, "malformed_credentials");
  await rm(join(folder, "tls.crt"));
  assertEquals((await load().catch((error) => error)).code, "credentials_unavailable");
  await writeFile(join(folder, "tls.crt"), cert);
  await load();
});

testInFolder("a .p12 with its passphrase in a file, and CAs in files", async (folder) => {
  const [pfx, passphraseFile] = [join(folder, "client.p12"), join(folder, "passphrase")];
  const write = async (pair: ReturnType<typeof one>, passphrase: string) => {
    await writeFile(pfx, await writePkcs12({ ...pair, passphrase, iterations: 10_000 }));
    await writeFile(passphraseFile, `${passphrase}\n`);
  };
  await write(one(), "first");
  const load = fromFiles({
    pfx: pathToFileURL(pfx),
    passphraseFile,
    extraCa: [`${server.directory}/ca.pem`],
  });
  const fetch = createMcFetch(load);
  const name = async () => (await (await fetch(`${server.origin}/echo`)).json()).commonName;
  const before = await name();
  await write(two(), "second");
  await load();
  const renewed = createMcFetch(load);
  assertEquals((await renewed(`${server.origin}/echo`)).status, 200);
  assertEquals(await name(), before, "its minute is not over");
  await Promise.all([fetch.close(), renewed.close()]);
});

testInFolder("files that cannot be read are named, without their contents", async (folder) => {
  await writePair(folder, one());
  const { cert, key } = pairIn(folder);
  const wrong: [CertKeyPaths | PfxPaths, string][] = [
    [{ cert: join(folder, "no\u202efile"), key }, "no\\u{202e}file: there is no such file"],
    [{ pfx: folder }, "is a directory"],
    [{ cert: join(cert, "x"), key }, "not a directory"],
    [{ cert, key, passphraseFile: join(folder, "none") }, "none: there is no such file"],
  ];
  for (const [paths, problem] of wrong) {
    const error = await fromFiles(paths)().catch((error) => error);
    assertInstanceOf(error, McFetchError);
    assertEquals(error.code, "credentials_unavailable");
    assertStringIncludes(error.message, problem);
  }
  await writeFile(join(folder, "large"), new Uint8Array(3000));
  const large = fromFiles({ pfx: join(folder, "large"), limits: { maxBytes: 2000 } });
  assertEquals((await large().catch((error) => error)).code, "limit_exceeded");
});

/** A key without its markers, as a variable may hold it. */
const ONE_LINE = new TextDecoder().decode(fixture("ec.key")).replaceAll(/-----.*-----|\n/g, "");

testExceptOn(EXCEPT, "paths and options are checked at once", () => {
  const wrong: [unknown, string][] = [
    [{}, "pass one of"],
    [{ cert: "a" }, "key is missing"],
    [{ cert: "a", key: "b", pfx: "c" }, "pass one of"],
    [{ pfx: "-----BEGIN CERTIFICATE-----\n" }, "not the contents"],
    [{ pfx: "-----BEGIN CERTIFICATE-----\\n" }, "not the contents"],
    [{ cert: "a", key: ONE_LINE }, "not the contents"],
    [{ pfx: "/u3+7QAAAAIAAAAB" }, "not the contents"],
    [{ pfx: new URL("file:///%zz") }, "pfx must be a path"],
    [{ pfx: new Uint8Array() }, "must be a path"],
    [{ pfx: "" }, "empty"],
    [{ pfx: "a", ca: "b" }, "extraCa"],
    [{ pfx: "a", passphrase: "b", passphraseFile: "c" }, "pass one of"],
    [{ pfx: "a", fetcher: {} }, "fetcher"],
  ];
  for (const [paths, problem] of wrong) {
    let error: unknown;
    try {
      fromFiles(paths as PfxPaths);
    } catch (thrown) {
      error = thrown;
    }
    assertInstanceOf(error, McFetchError, problem);
    assertEquals(error.code, "invalid_argument");
    assertStringIncludes(error.message, problem);
  }
});
