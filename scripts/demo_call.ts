/** What `scripts/demo.ts` has each runtime do: the same calls, with that runtime's credentials. */
import { readFile } from "node:fs/promises";
import { type Credentials, mcFetch, readMastercardErrors } from "../mod.ts";
import type { Pet } from "../lib/sandbox/petstore.ts";

/** With the `.p12` files of the sandbox, and the passphrase that opens them. */
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
  check(response.status === 200);
  const pets: Pet[] = await response.json();
  for (const { id, name, category } of pets) {
    console.log(`    ${id}  ${name}, ${category}`);
  }
  check(pets.length > 0);

  const subject = response.headers.get("x-client-certificate-subject");
  const expires = response.headers.get("x-client-certificate-expires")?.slice(0, 10);
  console.log(`  The server saw the certificate of ${subject}, which expires on ${expires}`);
  check(subject !== null && Date.parse(expires ?? "") > Date.now());

  const refused = await mcFetch(`${origin}${path}`, undefined, foreign);
  const [error] = await readMastercardErrors(refused);
  console.log(`  With a certificate that the server does not know -> ${refused.status}`);
  console.log(`    ${error?.reasonCode}: ${error?.description}`);
  check(refused.status === 422 && error?.reasonCode === "INVALID_CLIENT_CERT");
}

function check(asItShouldBe: boolean): void {
  if (!asItShouldBe) throw new Error("This was not as it should be");
}
