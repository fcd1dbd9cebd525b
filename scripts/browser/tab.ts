/**
 * A tab of Chromium, and what it did: requests, violations of the page's policy, errors, dialogs.
 *
 * @module
 */
import type { Listener, Values } from "./chromium.ts";

/** What happened in a tab. */
interface Events {
  /** The URLs of all requests, also of those that the policy of the page blocked. */
  readonly requests: string[];
  /** The directives that the page violated, each with what was blocked. */
  readonly violations: string[];
  /** Exceptions that nothing caught, and messages of `console.error`. */
  readonly errors: string[];
  /** The texts of dialogs, such as `alert`. */
  readonly dialogs: string[];
}

/** Tab of Chromium. */
export interface Tab {
  readonly events: Events;
  /** Opens a URL and waits until it is loaded. */
  goTo(url: string): Promise<void>;
  /** Evaluates an expression, as if the user had clicked. Returns its value as JSON has it. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Waits until an expression is true. */
  waitFor(expression: string): Promise<void>;
  /** Chooses a file in an `<input>`. */
  chooseFile(selector: string, path: string): Promise<void>;
  /** Drops a file on an element. */
  dropFile(selector: string, path: string): Promise<void>;
  /** Types a text into an element. */
  type(selector: string, text: string): Promise<void>;
  /** Sends a command of the protocol. */
  send(method: string, params?: Values): Promise<Values>;
}

/** The longest wait for an expression, in milliseconds. */
const PATIENCE = 60_000;

/** Prepares a tab: what it does is recorded before it opens a page. */
export async function openTab(
  send: Tab["send"],
  listen: (listener: Listener) => void,
): Promise<Tab> {
  const events: Events = {
    requests: [],
    violations: [],
    errors: [],
    dialogs: [],
  };
  let loaded = () => {};
  listen((method, params) => {
    if (method === "Page.loadEventFired") loaded();
    record(events, method, params);
    if (method === "Page.javascriptDialogOpening") {
      send("Page.handleJavaScriptDialog", { accept: false }).catch(() => {});
    }
  });
  for (const domain of ["Page", "Runtime", "Network", "Audits", "DOM"]) {
    await send(`${domain}.enable`);
  }

  const evaluate: Tab["evaluate"] = async (expression) => {
    const options = {
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    };
    const answer = await send("Runtime.evaluate", { expression, ...options });
    const { exceptionDetails: failure, result } = answer;
    if (failure === undefined) return result.value;
    throw new Error(
      `${expression}: ${failure.exception?.description ?? failure.text}`,
    );
  };
  const find = async (selector: string): Promise<{ nodeId: number }> => {
    const { root } = await send("DOM.getDocument");
    const { nodeId } = await send("DOM.querySelector", {
      nodeId: root.nodeId,
      selector,
    });
    return { nodeId };
  };
  return {
    events,
    send,
    evaluate,
    async goTo(url) {
      const isLoaded = new Promise<void>((resolve) => loaded = resolve);
      const { errorText } = await send("Page.navigate", { url });
      if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
      const late = new Promise((_, reject) => {
        setTimeout(reject, PATIENCE, new Error(`${url} does not load`)).unref();
      });
      await Promise.race([isLoaded, late]);
    },
    async waitFor(expression) {
      for (const start = Date.now(); Date.now() - start < PATIENCE;) {
        if (await evaluate<boolean>(`Boolean(${expression})`)) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const text = await evaluate<string>("document.body.innerText");
      throw new Error(`This stays false: ${expression}\n${text}`);
    },
    async chooseFile(selector, path) {
      await send("DOM.setFileInputFiles", {
        ...await find(selector),
        files: [path],
      });
    },
    async dropFile(selector, path) {
      const { model } = await send("DOM.getBoxModel", await find(selector));
      const [x, y] = model.content;
      const data = { items: [], files: [path], dragOperationsMask: 1 };
      for (const type of ["dragEnter", "dragOver", "drop"]) {
        await send("Input.dispatchDragEvent", {
          type,
          x: x + 5,
          y: y + 5,
          data,
        });
      }
    },
    async type(selector, text) {
      await send("DOM.focus", await find(selector));
      await evaluate(
        `document.querySelector(${JSON.stringify(selector)}).select()`,
      );
      await send("Input.insertText", { text });
    },
  };
}

function record(events: Events, method: string, params: Values): void {
  switch (method) {
    case "Network.requestWillBeSent":
      events.requests.push(params.request.url);
      break;
    case "Network.webSocketCreated":
    case "Network.webTransportCreated":
      events.requests.push(params.url);
      break;
    case "Audits.issueAdded": {
      const details = params.issue.details.contentSecurityPolicyIssueDetails;
      if (details === undefined) break;
      events.violations.push(
        `${details.violatedDirective} ${details.blockedURL ?? "inline"}`,
      );
      break;
    }
    case "Runtime.exceptionThrown": {
      const { exception, text } = params.exceptionDetails;
      events.errors.push(exception?.description ?? text);
      break;
    }
    case "Runtime.consoleAPICalled":
      if (params.type === "error") {
        events.errors.push(params.args[0]?.value ?? "console.error");
      }
      break;
    case "Page.javascriptDialogOpening":
      events.dialogs.push(params.message);
      break;
  }
}
