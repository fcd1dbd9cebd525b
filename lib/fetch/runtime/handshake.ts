/**
 * What a server says in a TLS handshake, on every runtime: version, cipher, certificates, and
 * whether it asks for a client certificate.
 *
 * @module
 */
import type { Socket } from "node:net";
import { getBuiltin } from "../../builtin.ts";
import { type Timer, timers } from "../../timers.ts";
import { probeServer, type ServerFacts, type Transport } from "../../tls/probe.ts";
import type { ClientSettings } from "./client.ts";
import { hostOf } from "./host.ts";
import { findProxy, isProxyKnown } from "./proxy_choice.ts";
import { trustAlso } from "./roots.ts";

/** The longest time for a probe, in milliseconds. */
const PATIENCE = 3_000;

/**
 * Asks a server for the first half of a TLS handshake, and reads it. The handshake takes the way of
 * the requests, through the same proxy. No certificate and no request is sent, and nothing is
 * verified: the facts are for people, not for decisions.
 *
 * Never rejects. What is not known is absent from the result: all of it if the server cannot be
 * reached.
 *
 * @param url The server
 * @param settings The proxy, if the caller named one, and the CAs for an `https:` proxy
 * @param patience The longest time, in milliseconds. Default is 3000
 */
export async function observeHandshake(
  url: URL,
  settings: Pick<ClientSettings, "proxy" | "extraCa">,
  patience: number = PATIENCE,
): Promise<ServerFacts> {
  const facts: ServerFacts = {};
  try {
    const { isIP } = getBuiltin("node:net");
    const host = hostOf(url);
    await workFor(patience, async (closing) => {
      const socket = await openSocket(url, settings, closing);
      await probeServer(transportOf(socket), isIP(host) === 0 ? host : undefined, facts);
    });
  } catch { // the server cannot be reached, and the request says why
  }
  return { ...facts };
}

/** Ends the connection of a piece of work. */
export interface Closing {
  close?: () => void;
}

/**
 * Works on a connection for a limited time, then ends the connection.
 *
 * @param patience The longest time, in milliseconds
 * @returns The result; `undefined` if the time is over
 */
export async function workFor<Result>(
  patience: number,
  work: (closing: Closing) => Promise<Result>,
): Promise<Result | undefined> {
  const closing: Closing = {};
  let timer: Timer | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = timers.set(() => resolve(undefined), patience);
  });
  try {
    return await Promise.race([work(closing), late]);
  } finally {
    timers.clear(timer);
    closing.close?.();
  }
}

/** Opens a connection on the way of the requests. */
export async function openSocket(
  url: URL,
  { proxy: named, extraCa }: Pick<ClientSettings, "proxy" | "extraCa">,
  closing: Closing = {},
): Promise<Socket> {
  if (!isProxyKnown()) throw new Error("the connection might go around a proxy");
  const proxy = findProxy(url, named);
  const port = Number(url.port || 443);
  if (proxy !== undefined) {
    const { openTunnel } = await import("./tunnel.ts");
    const tunnel = openTunnel(proxy, `${url.hostname}:${port}`, await trustAlso(extraCa));
    closing.close = () => tunnel.close();
    return await tunnel.socket;
  }
  const { connect } = getBuiltin("node:net");
  const socket = connect(port, hostOf(url));
  closing.close = () => socket.destroy();
  socket.on("error", () => {}); // also one that comes after the end
  await new Promise((resolve, reject) => {
    socket.once("connect", resolve).once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed")));
  });
  return socket;
}

function transportOf(socket: Socket): Transport {
  const chunks: Uint8Array[] = [];
  let ended = false;
  let wake = () => {};
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    wake();
  });
  const end = () => {
    ended = true;
    wake();
  };
  socket.on("end", end).on("close", end).on("error", end);
  return {
    write(bytes) {
      socket.write(bytes);
    },
    async read() {
      while (chunks.length === 0 && !ended) await new Promise<void>((resolve) => wake = resolve);
      return chunks.shift();
    },
  };
}
