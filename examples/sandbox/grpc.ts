/** A gRPC server that requires a client certificate. Its messages are JSON. */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import { certificatePem, issue, type Issued, keyPem } from "../../lib/sandbox/pki.ts";

const toBytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const fromBytes = (bytes: Buffer): unknown => JSON.parse(bytes.toString());

/** Starts the server; its method `/petstore.Pets/List` returns the pets. */
export async function startGrpcServer(
  ca: Issued,
): Promise<{ readonly target: string; close(): void }> {
  const certificate = await issue({ commonName: "localhost", use: "server" }, ca);
  const pair = {
    cert_chain: Buffer.from(certificatePem(certificate)),
    private_key: Buffer.from(await keyPem(certificate)),
  };
  const server = new Server();
  server.addService({
    List: {
      path: "/petstore.Pets/List",
      requestStream: false,
      responseStream: false,
      requestSerialize: toBytes,
      requestDeserialize: fromBytes,
      responseSerialize: toBytes,
      responseDeserialize: fromBytes,
    },
  }, {
    List: (_call: unknown, callback: (error: null, pets: unknown) => void) =>
      callback(null, ["Bella", "Charlie"]),
  });
  const credentials = ServerCredentials.createSsl(Buffer.from(certificatePem(ca)), [pair], true);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      "localhost:0",
      credentials,
      (error, port) => error === null ? resolve(port) : reject(error),
    );
  });
  return { target: `localhost:${port}`, close: () => server.forceShutdown() };
}
