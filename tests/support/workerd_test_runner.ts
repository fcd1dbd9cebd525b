/**
 * Stands in for `node:test` in workerd, which has none: collects the tests, runs them one after
 * the other, and reports them as JUnit does.
 */
type Body = () => void | Promise<void>;

const tests: { name: string; skip: boolean; body: Body }[] = [];

/** As `test` of `node:test`, with those of its parameters that the tests use. */
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

/** As `after` of `node:test`. */
export function after(body: Body): void {
  endings.push(body);
}

/** Runs what was collected. */
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
