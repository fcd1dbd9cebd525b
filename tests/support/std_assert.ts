/**
 * Replaces `@std/assert` if JSR is unavailable, with the same functions on top of `node:assert`.
 */
import assertions from "node:assert/strict";

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/** Asserts that `expr` is truthy. */
export function assert(expr: unknown, msg?: string): asserts expr {
  assertions.ok(expr, msg);
}

/** Asserts that both are equal, deeply. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  assertions.deepEqual(actual, expected, msg);
}

/** Asserts that `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  const found = actual.includes(expected);
  assertions.ok(found, msg ?? `Expected "${actual}" to contain "${expected}"`);
}

/** Asserts that `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  assertions.match(actual, expected, msg);
}

/** Asserts that `actual` is an instance of `expectedType`. */
export function assertInstanceOf<
  T extends abstract new (...args: never[]) => unknown,
>(actual: unknown, expectedType: T, msg = ""): asserts actual is InstanceType<T> {
  const found = actual instanceof expectedType;
  assertions.ok(found, msg || `Expected an instance of ${expectedType.name}, got ${actual}`);
}

/** Asserts that `fn` throws an `ErrorClass` whose message contains `msgIncludes`. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes = "",
  msg?: string,
): E {
  let thrown: unknown;
  try {
    fn();
  } catch (error) {
    thrown = error;
  }
  return check(thrown, errorClass, msgIncludes, msg);
}

/**
 * Asserts that `fn` rejects with an `ErrorClass` whose message contains `msgIncludes`. It must
 * return a promise: a function that throws fails, as with `@std/assert`.
 */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes = "",
  msg?: string,
): Promise<E> {
  const returned = callForPromise(fn, msg);
  let rejection: unknown;
  try {
    await returned;
  } catch (error) {
    rejection = error;
  }
  return check(rejection, errorClass, msgIncludes, msg);
}

function callForPromise(fn: () => PromiseLike<unknown>, msg = ""): PromiseLike<unknown> {
  let returned: unknown;
  try {
    returned = fn();
  } catch (error) {
    assertions.fail(`Expected a rejected promise, but the function threw ${error} ${msg}`);
  }
  const isPromise = typeof (returned as PromiseLike<unknown> | undefined)?.then === "function";
  assertions.ok(isPromise, `Expected a promise, got ${returned} ${msg}`);
  return returned as PromiseLike<unknown>;
}

function check<E extends Error>(
  thrown: unknown,
  errorClass: ErrorClass<E>,
  msgIncludes: string,
  msg?: string,
): E {
  const name = errorClass.name;
  assertions.ok(
    thrown instanceof Error && thrown instanceof errorClass,
    msg ?? `Expected ${name} to be thrown, got ${thrown}`,
  );
  assertStringIncludes(thrown.message, msgIncludes, msg);
  return thrown;
}
