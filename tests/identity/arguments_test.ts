import { assert, assertEquals, assertThrows } from "@std/assert";
import test from "node:test";
import { McFetchError } from "../../lib/errors.ts";
import {
  copyContents,
  copyFile,
  readContents,
  readOptions,
  readText,
} from "../../lib/identity/arguments.ts";
import { testExceptOn } from "../support/context.ts";

const ACTION = "do it";
const NAMES = ["cert", "pfx", "passphrase", "extraCa", "origins"] as const;

function messageOf(act: () => unknown): string {
  const error = assertThrows(act, McFetchError);
  assertEquals(error.code, "invalid_argument");
  return error.message;
}

function refusal(name: string, names: readonly string[] = NAMES): string {
  return messageOf(() => readOptions(ACTION, { [name]: undefined }, names));
}

test("an unknown option is named, with the nearest one that exists", () => {
  const nearest: Record<string, string> = {
    // Misspelled: letters that are missing, too many, replaced or swapped, and another case.
    origin: "origins",
    orgins: "origins",
    originss: "origins",
    passphrase_: "passphrase",
    passPhrase: "passphrase",
    Passphrase: "passphrase",
    passhprase: "passphrase",
    PFX: "pfx",
    pfxx: "pfx",
    extraCA: "extraCa",
    extraCas: "extraCa",
    // The names that other libraries have.
    ca: "extraCa",
    CA: "extraCa",
    crt: "cert",
    certificate: "cert",
    p12: "pfx",
    password: "passphrase",
    Password: "passphrase",
  };
  for (const [name, meant] of Object.entries(nearest)) {
    const message = `Cannot do it: there is no option "${name}"; did you mean ${meant}?`;
    assertEquals(refusal(name), message);
  }
});

test("an unknown option that is near to none is named, with all that exist", () => {
  const list = "the options are cert, pfx, passphrase, extraCa, origins";
  for (const name of ["headers", "toString", "", "keyfile", "__proto_"]) {
    assertEquals(refusal(name), `Cannot do it: there is no option "${name}"; ${list}`);
  }
  // A synonym of an option that this function does not have.
  const other = 'Cannot do it: there is no option "password"; the options are key';
  assertEquals(refusal("password", ["key"]), other);
});

test("a name cannot flood the message or break out of it", () => {
  const long = refusal("x".repeat(100_000));
  assert(long.includes(`"${"x".repeat(39)}…";`) && long.length < 200, long);
  assert(refusal('a"\n').includes(String.raw`"a\"\u{a}"`));
});

test("`undefined` is accepted for every option that exists, and for no other", () => {
  const none = Object.fromEntries(NAMES.map((name) => [name, undefined]));
  assertEquals(readOptions(ACTION, none, NAMES), none);
  assertEquals(readOptions(ACTION, {}, NAMES), none);
  messageOf(() => readOptions(ACTION, { pfx: "x", fetch: undefined }, NAMES));
});

test("what is no object is no list of options", () => {
  for (const [options, got] of [[null, "null"], [undefined, "undefined"], ["x", "string"]]) {
    const message = messageOf(() => readOptions(ACTION, options, NAMES));
    assertEquals(message, `Cannot do it: expected an object: got ${got}`);
  }
});

test("each option is read once: own ones, getters and inherited ones", () => {
  const reads: string[] = [];
  class Base {
    get pfx(): string {
      reads.push("pfx");
      return "inherited";
    }
    get unknown(): string { // of a class, which may have more than options
      reads.push("unknown");
      return "";
    }
  }
  const options = Object.assign(Object.create(new Base()), { cert: "own" });
  Object.defineProperty(options, "passphrase", {
    enumerable: true,
    get: () => `${reads.push("passphrase")}`,
  });
  Object.defineProperty(options, "origins", { get: () => `${reads.push("origins")}` });
  const given = readOptions(ACTION, options, NAMES);
  assertEquals(reads.toSorted(), ["origins", "passphrase", "pfx"]);
  assertEquals([given.cert, given.pfx, given.extraCa], ["own", "inherited", undefined]);
});

test("a proxy object whose answers change is asked once for each option", () => {
  let count = 0;
  const options = new Proxy({ cert: "" }, { get: () => `${++count}` });
  const given = readOptions(ACTION, options, NAMES);
  assertEquals(count, NAMES.length);
  assertEquals(new Set(Object.values(given)).size, NAMES.length);
});

const BYTES = Uint8Array.of(1, 2, 3, 4);

test("a file is text, or bytes of any kind", () => {
  const middle = BYTES.subarray(1, 3);
  const shared = new Uint8Array(new SharedArrayBuffer(4));
  shared.set(BYTES);
  const files: [unknown, number[]][] = [
    [BYTES, [1, 2, 3, 4]],
    [BYTES.buffer, [1, 2, 3, 4]],
    [middle, [2, 3]],
    [new DataView(BYTES.buffer, 1, 2), [2, 3]],
    [new Int8Array(BYTES), [1, 2, 3, 4]],
    [shared, [1, 2, 3, 4]],
    [shared.buffer, [1, 2, 3, 4]],
    [new Uint8Array(0), []],
  ];
  for (const [file, expected] of files) {
    const found = copyFile(ACTION, "pfx", file);
    assert(found instanceof Uint8Array);
    assertEquals([...found], expected);
    assert(found.buffer instanceof ArrayBuffer && found.buffer !== BYTES.buffer);
  }
  assertEquals(copyFile(ACTION, "cert", "text"), "text");
});

test("a copy does not change with the original", () => {
  const original = BYTES.slice();
  const read = readContents(ACTION, "pfx", original);
  const copy = copyContents(read);
  original.fill(0);
  assertEquals([...copy as Uint8Array], [1, 2, 3, 4]);
  assertEquals([...read as Uint8Array], [0, 0, 0, 0]);
});

testExceptOn(
  { workerd: "it has no node:vm" },
  "bytes of another realm are bytes, and its Promise is none",
  async () => {
    const { runInNewContext } = await import("node:vm");
    const sources = [
      "Uint8Array.of(1, 2)",
      "Uint8Array.of(1, 2).buffer",
      "new DataView(Uint8Array.of(1, 2).buffer)",
      "const shared = new SharedArrayBuffer(2); new Uint8Array(shared).set([1, 2]); shared",
    ];
    for (const source of sources) {
      const file: unknown = runInNewContext(source);
      const found = copyFile(ACTION, "pfx", file);
      assert(found instanceof Uint8Array);
      assertEquals([...found], [1, 2]);
    }
    const options: unknown = runInNewContext('({ pfx: "x", passphrase: undefined })');
    assertEquals(readOptions(ACTION, options, NAMES).pfx, "x");
    const promise: unknown = runInNewContext("Promise.resolve()");
    assertEquals(
      messageOf(() => copyFile(ACTION, "pfx", promise)),
      "Cannot do it: pfx must be text or bytes: got a Promise; await it",
    );
  },
);

test("what is no file is named by its type, and nothing of it is shown", () => {
  const files: [unknown, string][] = [
    [undefined, "pfx is missing or undefined; check that its variable is set"],
    [null, "pfx must be text or bytes: got null"],
    [7, "pfx must be text or bytes: got number"],
    [true, "pfx must be text or bytes: got boolean"],
    [() => "hunter2", "pfx must be text or bytes: got function"],
    [{ secret: "hunter2" }, "pfx must be text or bytes: got object"],
    [
      ["hunter2"],
      'pfx must be text or bytes: got an Array; join its texts with "\\n", or its bytes',
    ],
    [new Blob(["hunter2"]), "pfx must be text or bytes: got a Blob; await its arrayBuffer()"],
    [new Response("hunter2"), "pfx must be text or bytes: got a Response; await its arrayBuffer()"],
    [
      new Response("hunter2").body,
      "pfx must be text or bytes: got a ReadableStream; read it and pass its contents",
    ],
    [
      new URL("file:///hunter2"),
      "pfx must be text or bytes: got a URL; read it and pass its contents",
    ],
    [{ then() {} }, "pfx must be text or bytes: got a Promise; await it"],
    [Object.create(null), "pfx must be text or bytes: got object"],
    [{ [Symbol.toStringTag]: "Uint8Array" }, "pfx must be text or bytes: got object"],
    [Promise.resolve("hunter2"), "pfx must be text or bytes: got a Promise; await it"],
  ];
  for (const [file, problem] of files) {
    assertEquals(messageOf(() => copyFile(ACTION, "pfx", file)), `Cannot do it: ${problem}`);
  }
});

test("a text option is a string or absent", () => {
  assertEquals(readText(ACTION, "alias", undefined), undefined);
  for (const text of ["", "x"]) assertEquals(readText(ACTION, "alias", text), text);
  const texts: [unknown, string][] = [
    [null, "null"],
    [1234, "number"],
    [new String("hunter2"), "object"],
    [Promise.resolve("hunter2"), "a Promise; await it"],
  ];
  for (const [text, got] of texts) {
    const message = messageOf(() => readText(ACTION, "alias", text));
    assertEquals(message, `Cannot do it: alias must be a string: got ${got}`);
  }
});
