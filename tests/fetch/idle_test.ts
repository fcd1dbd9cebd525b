/**
 * When idle clients are closed. The clock and the timers are replaced, so that a minute passes at
 * once.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import test from "node:test";
import {
  borrowClient,
  closeAllClients,
  type Lease,
  type Owner,
  releaseClients,
} from "../../lib/fetch/pool.ts";
import type { ClientSettings } from "../../lib/fetch/runtime/client.ts";
import { type CheckedFiles, readCredentials } from "../../lib/identity/credentials.ts";
import { type Timer as RuntimeTimer, timers as runtimeTimers } from "../../lib/timers.ts";

/** A timer that somebody set. */
interface Timer {
  readonly at: number;
  readonly run: () => void;
  /** True if it keeps the process alive. */
  holds: boolean;
}

/** The replaced clock. */
interface Clock {
  readonly timers: Set<Timer>;
  /** Lets time pass, in milliseconds, and runs the timers that are due. */
  pass(time: number): Promise<void>;
}

/** Runs a test with a clock of its own, and without clients of other tests. */
async function withClock(body: (clock: Clock) => Promise<void>): Promise<void> {
  closeAllClients();
  const { performance } = globalThis;
  const { set, clear } = runtimeTimers;
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  let now = 1_000_000;
  const timers = new Set<Timer>();
  const fakes = {
    set(run: () => void, delay: number) {
      const timer = { at: now + delay, run, holds: true, unref: () => void (timer.holds = false) };
      timers.add(timer);
      return timer as unknown as RuntimeTimer;
    },
    clear: (timer: unknown) => void timers.delete(timer as Timer),
  };
  const clock: Clock = {
    timers,
    async pass(time) {
      const end = now + time;
      for (let rounds = 0;; rounds++) {
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        if (rounds === 100) throw new Error("the timer is set again and again");
        timers.delete(due);
        now = Math.max(now, due.at);
        due.run();
      }
      now = end;
      await settle();
    },
  };
  try {
    Object.assign(runtimeTimers, fakes);
    setPerformance({ now: () => now });
    await body(clock);
    closeAllClients();
  } finally {
    Object.assign(runtimeTimers, { set, clear });
    setPerformance(performance);
  }
}

function setPerformance(value: Pick<Performance, "now">): void {
  const property = { value, configurable: true, writable: true };
  Object.defineProperty(globalThis, "performance", property);
}

let count = 0;

/** A client that only counts how often it was closed. */
class Idle {
  closed = 0;
  readonly #files: CheckedFiles = readCredentials({ cert: `idle ${count++}`, key: "key" }).files!;
  readonly #client = {
    settings: {} as ClientSettings,
    send: () => Promise.resolve(new Response()),
    close: () => void this.closed++,
  };

  borrow(owner: Owner): Lease {
    return borrowClient(this.#files, owner, () => Promise.resolve(this.#client));
  }

  use(owner: Owner): void {
    this.borrow(owner).release();
  }
}

test("a client is closed when it was idle for 60 seconds, and not before", () =>
  withClock(async ({ pass }) => {
    const owner = { closed: false };
    const client = new Idle();
    client.use(owner);
    await pass(59_999);
    assertEquals(client.closed, 0);
    await pass(1);
    assertEquals(client.closed, 1);
    await pass(600_000);
    assertEquals(client.closed, 1);
  }));

test("each use begins the 60 seconds again", () =>
  withClock(async ({ pass }) => {
    const owner = { closed: false };
    const client = new Idle();
    for (let use = 0; use < 10; use++) {
      client.use(owner);
      await pass(59_999);
      assertEquals(client.closed, 0);
    }
    await pass(1);
    assertEquals(client.closed, 1);
  }));

test("each client has 60 seconds of its own", () =>
  withClock(async ({ pass }) => {
    const owner = { closed: false };
    const [one, two, three] = [new Idle(), new Idle(), new Idle()];
    const closed = () => [one.closed, two.closed, three.closed];
    one.use(owner);
    await pass(20_000);
    two.use(owner);
    await pass(20_000);
    three.use(owner);
    one.use(owner); // at 40 s
    await pass(39_999);
    assertEquals(closed(), [0, 0, 0]);
    await pass(1); // at 80 s
    assertEquals(closed(), [0, 1, 0]);
    await pass(19_999);
    assertEquals(closed(), [0, 1, 0]);
    await pass(1); // at 100 s
    assertEquals(closed(), [1, 1, 1]);
  }));

test("the time of a client in use begins with its last response", () =>
  withClock(async ({ pass }) => {
    const owner = { closed: false };
    const [busy, idle] = [new Idle(), new Idle()];
    const lease = busy.borrow(owner);
    idle.use(owner);
    await pass(300_000);
    assertEquals([busy.closed, idle.closed], [0, 1]);
    lease.release();
    await pass(59_999);
    assertEquals(busy.closed, 0);
    await pass(1);
    assertEquals(busy.closed, 1);
  }));

test("the next look is a minute after the last use of the client that is idle longest", () =>
  withClock(async ({ pass, timers }) => {
    const owner = { closed: false };
    const [one, two, busy, idle] = [new Idle(), new Idle(), new Idle(), new Idle()];
    const looks = () => [...timers].map(({ at }) => at);
    one.use(owner);
    const [first = 0] = looks();
    await pass(20_000);
    two.use(owner);
    assertEquals(looks(), [first]);
    await pass(40_000);
    assertEquals([one.closed, two.closed, looks()], [1, 0, [first + 20_000]]);
    await pass(20_000);
    assertEquals([two.closed, looks()], [1, []]);
    const lease = busy.borrow(owner);
    idle.use(owner);
    await pass(60_000); // the one in use may be idle for a minute from now on
    assertEquals([idle.closed, looks()], [1, [first + 140_000]]);
    lease.release();
  }));

test("one timer is kept while there are clients, and it holds no process", () =>
  withClock(async ({ pass, timers }) => {
    const owner = { closed: false };
    assertEquals(timers.size, 0);
    for (let round = 0; round < 3; round++) {
      for (const client of [new Idle(), new Idle(), new Idle()]) client.use(owner);
      assertEquals([...timers].map(({ holds }) => holds), [false]);
      await pass(1_000);
    }
    await pass(60_000);
    assertEquals(timers.size, 0);
    new Idle().use(owner);
    releaseClients(owner);
    assertEquals(timers.size, 0, "after the last owner was closed");
    new Idle().use({ closed: false });
    closeAllClients();
    assertEquals(timers.size, 0, "after all clients were closed");
  }));

test("a client that is used again after its time is a new one", () =>
  withClock(async ({ pass }) => {
    const owner = { closed: false };
    const client = new Idle();
    client.use(owner);
    await pass(60_000);
    client.use(owner);
    await pass(60_000);
    assertEquals(client.closed, 2);
  }));
