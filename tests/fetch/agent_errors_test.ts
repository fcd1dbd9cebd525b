/** The errors of a request that an agent carries, event by event. */
import { assert, assertEquals } from "@std/assert";
import { EventEmitter } from "node:events";
import type { ClientRequest } from "node:http";
import test from "node:test";
import { McFetchError } from "../../mod.ts";
import { mapErrors } from "../../lib/fetch/agent_errors.ts";

/** A request that only emits, and what its listeners heard. */
function makeRequest(toError: (error: Error) => Promise<Error>) {
  const heard: [string, unknown][] = [];
  const request = Object.assign(new EventEmitter(), {
    destroyed: false,
    destroy(error?: Error) {
      request.destroyed = true;
      if (error !== undefined) request.emit("error", error);
      return request;
    },
  });
  mapErrors(request as unknown as ClientRequest, toError);
  for (const name of ["error", "close", "response"]) {
    request.on(name, (value) => heard.push([name, value]));
  }
  return { request, heard };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const mapped = new McFetchError("connection_failed", "mapped");
const raw = new Error("raw");

test("an error is replaced, and the events after it wait", async () => {
  const asked: Error[] = [];
  const { request, heard } = makeRequest((error) => {
    asked.push(error);
    return Promise.resolve(mapped);
  });
  request.emit("response", 1);
  assertEquals(request.emit("error", raw), true);
  request.emit("close", 2);
  assertEquals(heard, [["response", 1]]);
  await settle();
  assertEquals(heard, [["response", 1], ["error", mapped], ["close", 2]]);
  assertEquals(asked, [raw]);
  request.emit("close", 3);
  assertEquals(heard.at(-1), ["close", 3]);
});

test("a request emits only one error", async () => {
  const { request, heard } = makeRequest(() => Promise.resolve(mapped));
  request.emit("error", raw);
  assertEquals(request.emit("error", new Error("second")), true);
  await settle();
  request.emit("error", new Error("third"));
  assertEquals(heard, [["error", mapped]]);
});

test("an error that cannot be explained stays as it is", async () => {
  const { request, heard } = makeRequest(() => Promise.reject(new Error("no")));
  request.emit("error", raw);
  await settle();
  assertEquals(heard, [["error", raw]]);
});

test("errors of this library, aborts, and those of the client stay, and come at once", () => {
  const abort = Object.assign(new Error("aborted"), { name: "AbortError" });
  for (const error of [mapped, abort, "text", undefined]) {
    const { request, heard } = makeRequest(() => Promise.resolve(raw));
    request.emit("error", error);
    assertEquals(heard, [["error", error]]);
  }
  const { request, heard } = makeRequest(() => Promise.resolve(mapped));
  const own = new Error("of the client");
  assert(request.destroy(own) === request);
  assertEquals(heard, [["error", own]]);
});
