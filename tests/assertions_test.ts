/**
 * Tests that `@std/assert`, or its stand-in, is as strict as the other tests need it.
 *
 * @module
 */
import test from "node:test";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";

/** Returns the message with which an assertion fails, or `undefined` if it passes. */
async function failureOf(assertion: () => unknown): Promise<string | undefined> {
  try {
    await assertion();
  } catch (error) {
    return String(error);
  }
  return undefined;
}

/** Throws in the call, as `mcFetch` never may. */
function throwAtOnce(): Promise<never> {
  throw new TypeError("at once");
}

const FAILURES: Record<string, () => unknown> = {
  "assertRejects: the function throws": () => assertRejects(throwAtOnce, TypeError),
  "assertRejects: it returns no promise": () =>
    assertRejects((() => undefined) as unknown as () => Promise<void>, TypeError),
  "assertRejects: it resolves": () => assertRejects(() => Promise.resolve(), Error),
  "assertRejects: another class": () =>
    assertRejects(() => Promise.reject(new RangeError("late")), TypeError),
  "assertRejects: another message": () =>
    assertRejects(() => Promise.reject(new TypeError("late")), TypeError, "early"),
  "assertThrows: it returns": () => assertThrows(() => 1, Error),
  "assertThrows: another class": () => assertThrows(throwAtOnce, RangeError),
  "assertEquals: another class": () => assertEquals<unknown>(new (class A {})(), {}),
  "assertEquals: undefined is not missing": () => assertEquals<object>({ a: undefined }, {}),
  "assertEquals: a number as text": () => assertEquals<unknown>(1, "1"),
};
for (const [name, assertion] of Object.entries(FAILURES)) {
  test(`an assertion fails: ${name}`, async () => {
    const failure = await failureOf(assertion);
    if (failure === undefined) throw new Error("it passed");
  });
}

test("an assertion passes: a promise rejects with the class and the message", async () => {
  const error = await assertRejects(
    () => Promise.reject(new TypeError("too late")),
    TypeError,
    "late",
  );
  assertEquals(error.message, "too late");
});
