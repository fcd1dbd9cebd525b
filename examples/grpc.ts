/**
 * Calls a gRPC server with a client certificate. `readIdentity` opens what gRPC itself cannot: a
 * `.p12`, an encrypted key, a chain in the wrong order.
 *
 * Set GRPC_TARGET (such as localhost:50051), GRPC_CA_FILE, P12_FILE and P12_PASSPHRASE. Then run
 * `npx tsx grpc.ts`, `bun grpc.ts`, or `deno run -A grpc.ts`.
 */
import { readFile } from "node:fs/promises";
import { readIdentity } from "@acme/mc-mtls";
import { Client, credentials } from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import { env } from "./env.ts";

const pfx = await readFile(env("P12_FILE"));
const { cert, key } = await readIdentity({ pfx, passphrase: env("P12_PASSPHRASE") });
const ca = await readFile(env("GRPC_CA_FILE"));
const ssl = credentials.createSsl(ca, Buffer.from(key), Buffer.from(cert));
const client = new Client(env("GRPC_TARGET"), ssl);

const pets = await new Promise((resolve, reject) => {
  client.makeUnaryRequest(
    "/petstore.Pets/List",
    (request: unknown) => Buffer.from(JSON.stringify(request)),
    (bytes) => JSON.parse(bytes.toString()),
    {},
    (error, pets) => error === null ? resolve(pets) : reject(error),
  );
});
console.log(pets);
client.close();
