/**
 * Following the caller's signal.
 *
 * @module
 */

/** A request that ends when its signal is aborted. */
export interface Abortable {
  abort(): void;
}

/**
 * The requests that wait for one signal, behind one listener. Node 20 warns of more than ten
 * listeners, and each Node searches all of them to add or remove one.
 */
interface Group {
  readonly members: Set<Abortable>;
  /** The listener. A function, since polyfills of `AbortSignal` call no objects. */
  readonly abortAll: () => void;
}

const groups = new WeakMap<AbortSignal, Group>();

function makeGroup(): Group {
  const members = new Set<Abortable>();
  const abortAll = () => {
    for (const member of [...members]) member.abort();
  };
  return { members, abortAll };
}

/** Returns the reason of an abort. Polyfills of `AbortSignal` have none. */
export function reasonOf(signal: AbortSignal): unknown {
  if ("reason" in signal) return signal.reason;
  return new DOMException("This operation was aborted", "AbortError");
}

/** Calls `abort` of the request when the signal is aborted. */
export function followSignal(signal: AbortSignal, request: Abortable): void {
  const group = groups.get(signal) ?? makeGroup();
  groups.set(signal, group);
  if (group.members.size === 0) signal.addEventListener("abort", group.abortAll);
  group.members.add(request);
}

/** Ends {@linkcode followSignal}. No listener is left after the last request. */
export function leaveSignal(signal: AbortSignal, request: Abortable): void {
  const group = groups.get(signal);
  if (group?.members.delete(request) && group.members.size === 0) {
    signal.removeEventListener("abort", group.abortAll);
  }
}

/** Waits for a promise. An abort ends the waiting with the signal's reason, but not the work. */
export async function abortable<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return await work;
  work.catch(() => {}); // after an abort nobody waits for it
  if (signal.aborted) throw reasonOf(signal);
  let waiting: Abortable | undefined;
  const aborted = new Promise<never>((_, reject) => {
    waiting = { abort: () => reject(reasonOf(signal)) };
    followSignal(signal, waiting);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (waiting !== undefined) leaveSignal(signal, waiting);
  }
}
