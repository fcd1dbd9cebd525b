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
class Group {
  readonly members: Set<Abortable> = new Set();

  handleEvent(): void {
    for (const member of [...this.members]) member.abort();
  }
}

const groups = new WeakMap<AbortSignal, Group>();

/** Calls `abort` of the request when the signal is aborted. */
export function followSignal(signal: AbortSignal, request: Abortable): void {
  let group = groups.get(signal);
  if (group === undefined) groups.set(signal, group = new Group());
  if (group.members.size === 0) signal.addEventListener("abort", group);
  group.members.add(request);
}

/** Ends {@linkcode followSignal}. No listener is left after the last request. */
export function leaveSignal(signal: AbortSignal, request: Abortable): void {
  const group = groups.get(signal);
  if (group?.members.delete(request) && group.members.size === 0) {
    signal.removeEventListener("abort", group);
  }
}

/** Waits for a promise. An abort ends the waiting with the signal's reason, but not the work. */
export async function abortable<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return await work;
  work.catch(() => {}); // after an abort nobody waits for it
  if (signal.aborted) throw signal.reason;
  let waiting: Abortable | undefined;
  const aborted = new Promise<never>((_, reject) => {
    waiting = { abort: () => reject(signal.reason) };
    followSignal(signal, waiting);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (waiting !== undefined) leaveSignal(signal, waiting);
  }
}
