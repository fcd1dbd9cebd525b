/**
 * Uses the package against the sandbox: a call with a `.p12`, a rejected certificate, a wrong
 * passphrase, a CSR and an inspection. Each consumer runs it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";

/** Throws if the package does not work. */
export async function check(library) {
  const { createCsr, createMcFetch, inspectCredentials, mcFetch, McFetchError } = library;
  const { ORIGIN, DIRECTORY, PASSPHRASE: passphrase } = process.env;
  const extraCa = readFileSync(`${DIRECTORY}/ca.pem`);
  const credentials = { pfx: readFileSync(`${DIRECTORY}/client.p12`), passphrase, extraCa };
  const url = `${ORIGIN}/petstore/pets?status=AVAILABLE`;

  const response = await mcFetch(url, undefined, credentials);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("x-client-certificate-subject"), /^CN=\d+-Client-MTF/);
  assert.ok((await response.json()).length > 0);

  const bound = createMcFetch(credentials);
  const first = await bound(url);
  await first.text();
  await bound.close();
  assert.equal(first.status, 200);

  const pfx = readFileSync(`${DIRECTORY}/foreign.p12`);
  const rejected = await mcFetch(url, undefined, { pfx, passphrase, extraCa });
  const [error] = await library.readMastercardErrors(rejected);
  assert.equal(error.reasonCode, "INVALID_CLIENT_CERT");

  await assert.rejects(
    mcFetch(url, undefined, { ...credentials, passphrase: "wrong" }),
    (error) => error instanceof McFetchError && error.code === "wrong_passphrase",
  );
  const [cert, key] = ["pem", "key"].map((name) => readFileSync(`${DIRECTORY}/client.${name}`));
  const { leaf } = await inspectCredentials({ cert, key });
  assert.match(JSON.stringify(leaf), /Client-MTF/);
  const { csr } = await createCsr({
    commonName: "package",
    organization: "Example",
    organizationalUnit: "Payments",
    country: "BE",
  });
  assert.match(csr, /^-----BEGIN CERTIFICATE REQUEST-----/);
  console.log("The package works");
}
