/** The calls that `scripts/demo.ts` makes on each runtime. */
import { readFile } from "node:fs/promises";
import type { Pet } from "../lib/sandbox/petstore.ts";
import { type Credentials, mcFetch, readMastercardErrors } from "../mod.ts";

/** Makes the calls with the `.p12` files of the sandbox. */
export async function callWithFiles(
  origin: string,
  directory: string,
  passphrase: string,
): Promise<void> {
  const extraCa = await readFile(`${directory}/ca.pem`);
  await call(
    origin,
    { pfx: await readFile(`${directory}/client.p12`), passphrase, extraCa },
    { pfx: await readFile(`${directory}/foreign.p12`), passphrase, extraCa },
  );
}

/** Lists the pets, then tries again with a certificate that the sandbox does not know. */
export async function call(
  origin: string,
  client: Credentials,
  foreign: Credentials,
): Promise<void> {
  const path = "/petstore/pets?status=AVAILABLE";
  const response = await mcFetch(`${origin}${path}`, undefined, client);
  console.log(`  GET ${path} -> ${response.status}`);
  check("the status is 200", response.status === 200);
  const pets: Pet[] = await response.json();
  for (const { id, name, category } of pets) {
    console.log(`    ${id}  ${name}, ${category}`);
  }
  check("there are pets", pets.length > 0);

  const subject = response.headers.get("x-client-certificate-subject");
  const expires = response.headers.get("x-client-certificate-expires")?.slice(0, 10);
  console.log(`  The server saw the certificate of ${subject}, which expires on ${expires}`);
  check("the certificate is valid", subject !== null && Date.parse(expires ?? "") > Date.now());

  const refused = await mcFetch(`${origin}${path}`, undefined, foreign);
  const [error] = await readMastercardErrors(refused);
  console.log(`  With a certificate that the server does not know -> ${refused.status}`);
  console.log(`    ${error?.reasonCode}: ${error?.description}`);
  check("the status is 422", refused.status === 422);
  check("the certificate is rejected", error?.reasonCode === "INVALID_CLIENT_CERT");
}

function check(rule: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`Check failed: ${rule}`);
}
