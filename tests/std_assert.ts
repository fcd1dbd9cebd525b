/** The few assertions of @std/assert that the tests use, over node:assert, for where JSR is out of reach. */
import * as node from "node:assert";

export function assert(value: unknown, message?: string): asserts value {
  node.ok(value, message);
}
export function assertEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void {
  node.deepStrictEqual(actual, expected, message);
}
export function assertStringIncludes(
  actual: string,
  expected: string,
  message?: string,
): void {
  node.ok(
    actual.includes(expected),
    message ??
      `${JSON.stringify(actual)} does not include ${JSON.stringify(expected)}`,
  );
}
// deno-lint-ignore no-explicit-any -- the signature of @std/assert
type ErrorClass<E> = abstract new (...args: any[]) => E;
export function assertInstanceOf<E>(
  actual: unknown,
  expected: ErrorClass<E>,
  message?: string,
): asserts actual is E {
  node.ok(actual instanceof expected, message);
}
export function assertThrows<E extends Error>(
  fn: () => unknown,
  type?: ErrorClass<E>,
  includes = "",
): E {
  let thrown: unknown;
  try {
    fn();
  } catch (error) {
    thrown = error;
  }
  return check(thrown, type, includes);
}
export async function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  type?: ErrorClass<E>,
  includes = "",
): Promise<E> {
  let thrown: unknown;
  try {
    await fn();
  } catch (error) {
    thrown = error;
  }
  return check(thrown, type, includes);
}
function check<E extends Error>(
  thrown: unknown,
  type: ErrorClass<E> | undefined,
  includes: string,
): E {
  node.ok(
    thrown instanceof (type ?? Error),
    `expected an error: got ${thrown}`,
  );
  assertStringIncludes(thrown.message, includes);
  return thrown as E;
}
