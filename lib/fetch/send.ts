/**
 * The path of one request: from the captured request to the response.
 *
 * @module
 */
import type { Capture } from "./capture.ts";
import type { CapturedBody } from "./capture_body.ts";
import { checkOrigin } from "./origins.ts";
import { followRedirects } from "./redirects.ts";
import { type HopRequest, isStream, type Sender } from "./runtime/client.ts";
import { isPromise } from "./runtime/native.ts";
import { abortable, reasonOf } from "./runtime/signal.ts";
import { borrowSender } from "./session.ts";
import type { Source } from "./source.ts";

/**
 * Sends a captured request with the credentials of a source.
 *
 * @param maxClients The number of clients that the program keeps open
 */
export async function send(
  request: Capture,
  source: Source,
  maxClients: number,
): Promise<Response> {
  const { signal, integrity, redirect } = request;
  if (signal?.aborted) {
    const reason = reasonOf(signal);
    cancelBody(request.body, reason);
    throw reason;
  }
  const current = source.current();
  let session = isPromise(current) ? await abortable(current, signal) : current;
  checkOrigin(request.url, session.origins);
  let right = borrowSender(session, source.owner, maxClients);
  const open = async () => {
    const sender = right.opened ?? await abortable(right.sender, signal);
    source.look(sender);
    return sender;
  };
  try {
    let sender = await open();
    const body = isPromise(request.body) ? await abortable(request.body, signal) : request.body;
    const first: HopRequest = { ...request, body };
    const replace = async (rejected: HopRequest, isGone: boolean): Promise<Sender | undefined> => {
      const asked = source.replace?.(session);
      asked?.catch(() => {}); // after an abort nobody waits for it
      if (isGone) return undefined; // the next request gets the other certificate
      const next = asked && await abortable(asked, signal);
      if (next === undefined) return undefined;
      checkOrigin(rejected.url, next.origins);
      const other = borrowSender(next, source.owner, maxClients);
      right.release();
      right = other;
      session = next;
      return sender = await open();
    };
    const response = await followRedirects(
      first,
      redirect,
      session.origins,
      (hop) => sendHop(sender, hop, source.replace && replace),
    );
    if (integrity === "") return response;
    const { checkIntegrity } = await import("./integrity.ts");
    return await checkIntegrity(response, integrity, request.url);
  } finally {
    right.release();
  }
}

/** Nobody reads the body of a request that is not sent. */
function cancelBody(body: CapturedBody, reason: unknown): void {
  if (isPromise(body)) body.then((body) => cancelBody(body, reason), () => {});
  else if (isStream(body)) body.cancel(reason).catch(() => {});
}

/** Returns what sends a rejected hop again; `isGone` if its body cannot be sent again. */
type Replace = (rejected: HopRequest, isGone: boolean) => Promise<Sender | undefined>;

/** Sends one hop; sends it again if the server rejects the certificate and there is another. */
async function sendHop(
  sender: Sender,
  hop: HopRequest,
  replace: Replace | undefined,
): Promise<Response> {
  const attempt = sendOnce(sender, hop);
  if (replace === undefined || await attempt.then(({ ok }) => ok, () => false)) {
    return await attempt;
  }
  const { isCertificateRejected } = await import("./rejection.ts");
  if (!await abortable(isCertificateRejected(attempt), hop.signal)) return await attempt;
  const other = await replace(hop, isStream(hop.body));
  if (other === undefined) return await attempt;
  attempt.then((response) => response.body?.cancel()).catch(() => {});
  return await sendOnce(other, hop);
}

async function sendOnce(client: Sender, request: HopRequest): Promise<Response> {
  try {
    return await client.send(request);
  } catch (error) {
    if (request.signal?.aborted) throw reasonOf(request.signal);
    const { toMcFetchError } = await import("./failures.ts");
    const failure = toMcFetchError(error, request.url, client.settings);
    throw await abortable(failure, request.signal);
  }
}
