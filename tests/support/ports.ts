/** Finds free ports of the loopback interface. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** Returns a port that is free now, for a program that takes a port number. */
export function findFreePort(): Promise<number> {
  return listenOnce(0);
}

/**
 * Returns a port that refuses connections for as long as the tests run. It is below the ports that
 * systems give to a server that asks for any.
 */
export async function findRefusingPort(): Promise<number> {
  for (let port = 20_000 + Math.floor(Math.random() * 10_000); port < 32_000; port++) {
    const found = await listenOnce(port).catch(() => undefined);
    if (found !== undefined) return found;
  }
  throw new Error("no port from 20000 to 32000 is free");
}

async function listenOnce(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, "127.0.0.1");
  await once(server, "listening"); // rejects if the port is in use
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
