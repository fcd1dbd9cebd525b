/**
 * Replaces `node:test` in workerd, which lacks it. Collects the tests, runs them in turn, and
 * reports them as JUnit.
 */
type Body = () => void | Promise<void>;

const tests: { name: string; skip: boolean; body: Body }[] = [];

/** Registers a test, with the parameters of `node:test` that the tests use. */
export default function test(name: string, body: Body): void;
export default function test(name: string, options: { skip?: string }, body: Body): void;
export default function test(name: string, second: { skip?: string } | Body, third?: Body): void {
  if (typeof second === "function") {
    tests.push({ name, skip: false, body: second });
  } else if (third) {
    tests.push({ name, skip: second.skip !== undefined, body: third });
  }
}

const endings: Body[] = [];

/** Registers a function that runs after the tests, like `after` of `node:test`. */
export function after(body: Body): void {
  endings.push(body);
}

/** Runs the tests. */
export async function runAll(): Promise<void> {
  for (const { name, skip, body } of tests) {
    let inside = skip ? "<skipped/>" : "";
    try {
      if (!skip) await body();
    } catch (error) {
      inside = `<failure>${
        escape(error instanceof Error ? `${error.stack}` : `${error}`)
      }</failure>`;
    }
    console.log(`<testcase name="${escape(name)}">${inside}</testcase>`);
  }
  for (const end of endings) await end();
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
