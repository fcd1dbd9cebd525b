/**
 * Mutants that no test can kill, since they change nothing that a caller can notice.
 *
 * @module
 */

/** Equivalent mutant. */
export interface Equivalent {
  readonly file: string;
  /** The changed text with its line, as the report shows it. */
  readonly before: string;
  readonly after: string;
  readonly reason: string;
}

/** The equivalent mutants of the samples that were run. */
export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "lib/identity/find_pair.ts",
    before:
      "if (only !== undefined && leaf !== undefined && chosen.length === 1 && alias === undefined) {",
    after: "if (true && leaf !== undefined && chosen.length === 1 && alias === undefined) {",
    reason: "`leaf` is a member of `only`: without `only` there is no `leaf`",
  },
  {
    file: "lib/identity/key_file.ts",
    before: "const found = classify?.(block);",
    after: "const found = classify(block);",
    reason: "the function is loaded for each file with an unusual block, and only those get here",
  },
  {
    file: "lib/identity/kinds.ts",
    before: 'const reader = new Reader(sequence, "", "").enterSequence("");',
    after: 'const reader = new Reader(sequence, "Stryker was here!", "").enterSequence("");',
    reason: "the name would be in a message, and the error is caught",
  },
  {
    file: "lib/identity/proof.ts",
    before:
      'if (parameters === undefined) throw malformed(file, "its EC key does not name its curve");',
    after: 'if (false) throw malformed(file, "its EC key does not name its curve");',
    reason: "the reader of EC keys has rejected a key without parameters",
  },
  {
    file: "lib/identity/self_signed.ts",
    before: 'const digits = reader.readInteger("").toString(16).padStart(2 * octets, "0");',
    after:
      'const digits = reader.readInteger("Stryker was here!").toString(16).padStart(2 * octets, "0");',
    reason: "the name would be in a message, and the error is caught",
  },
  {
    file: "lib/fetch/capture.ts",
    before: "const init = Object.entries(checked).filter(([, value]) => value !== undefined);",
    after: "const init = Object.entries(checked).filter(([, value]) => true);",
    reason: "a member that is undefined is an absent one (Web IDL, dictionaries)",
  },
  {
    file: "lib/fetch/expiry.ts",
    before: "} catch { // TLS reads more certificates than this library does return undefined; }",
    after: "} catch {}",
    reason: "a function without `return` returns undefined",
  },
  {
    file: "lib/fetch/fetch.ts",
    before: "const EVERYONE: Owner = { closed: false };",
    after: "const EVERYONE: Owner = {};",
    reason: "undefined counts as false there",
  },
  {
    file: "lib/fetch/handshake.ts",
    before: '{ request, version = "" }: Pick<ServerFacts, "request" | "version">,',
    after: '{ request, version = "Stryker was here!" }: Pick<ServerFacts, "request" | "version">,',
    reason: 'both texts are before "TLS 1.2"',
  },
  {
    file: "lib/fetch/runtime/node_context.ts",
    before: 'if (typeof context?.addCACert !== "function") return ca.length === 0;',
    after: "if (true) return ca.length === 0;",
    reason: "the other way trusts the same CAs, and takes longer",
  },
  {
    file: "lib/fetch/runtime/node_hop.ts",
    before: "if (request?.signal !== undefined) leaveSignal(request.signal, this);",
    after: "if (true) leaveSignal(request.signal, this);",
    reason: "no group has a signal that is undefined",
  },
  {
    file: "lib/fetch/closer_look.ts",
    before: 'return "Deno" in globalThis ? "Deno" : "Bun" in globalThis ? "Bun" : "Node";',
    after: 'return "Deno" in globalThis ? "Deno" : "" in globalThis ? "Bun" : "Node";',
    reason: "on Node, where the mutants run, neither name is there",
  },
  {
    file: "lib/fetch/runtime/retrace.ts",
    before: 'if ("Deno" in globalThis) return undefined;',
    after: 'if ("" in globalThis) return undefined;',
    reason: "on Node, where the mutants run, neither name is there",
  },
  {
    file: "lib/fetch/runtime/secure_socket.ts",
    before: 'if (!("Deno" in globalThis) && !("Bun" in globalThis)) {',
    after: 'if ("Deno" in globalThis && !("Bun" in globalThis)) {',
    reason: "on Node, where the mutants run, both ways give TLS the same identity",
  },
  {
    file: "lib/fetch/runtime/secure_socket.ts",
    before: 'if (!("Deno" in globalThis) && !("Bun" in globalThis)) {',
    after: "if (true) {",
    reason: "on Node, where the mutants run, both ways give TLS the same identity",
  },
  {
    file: "lib/fetch/runtime/secure_socket.ts",
    before: 'if ("Deno" in globalThis) (await import("./deno.ts")).checkDenoFiles(settings);',
    after: 'if ("" in globalThis) (await import("./deno.ts")).checkDenoFiles(settings);',
    reason: "only Deno and Bun get there, and the mutants run on Node",
  },
  {
    file: "lib/encryption/ciphers.ts",
    before:
      "if (bits === 192 && !await hasAesKeys(24)) return await own.decrypt(key, iv, ciphertext);",
    after: "if (true && !await hasAesKeys(24)) return await own.decrypt(key, iv, ciphertext);",
    reason: "Node has AES-192; Chromium, without it, runs in test:browser",
  },
  {
    file: "lib/identity/loose_pem.ts",
    before: 'const [whole, label = "", right = ""] = after;',
    after: 'const [whole, label = "Stryker was here!", right = ""] = after;',
    reason: "the expression has matched, and its groups are not optional",
  },
  {
    file: "lib/cli/cert_option.ts",
    before: "/^([A-Za-z]:(?=[\\\\/]))?((?:\\\\[\\\\:]|[^:])*)(?::([^]*))?$/.exec(value) ?? [];",
    after: "/([A-Za-z]:(?=[\\\\/]))?((?:\\\\[\\\\:]|[^:])*)(?::([^]*))?$/.exec(value) ?? [];",
    reason: "the parts match any text from its start to its end",
  },
  {
    file: "lib/cli/cert_option.ts",
    before: "/^([A-Za-z]:(?=[\\\\/]))?((?:\\\\[\\\\:]|[^:])*)(?::([^]*))?$/.exec(value) ?? [];",
    after: "/^([A-Za-z]:(?=[\\\\/]))?((?:\\\\[\\\\:]|[^:])*)(?::([^]*))?/.exec(value) ?? [];",
    reason: "the parts match any text from its start to its end",
  },
  {
    file: "lib/cli/credentials.ts",
    before: '"passphrase-file": { type: "string" },',
    after: '"passphrase-file": { type: "" },',
    reason: "the reader of arguments asks only for the type boolean",
  },
  {
    file: "lib/cli/credentials.ts",
    before: 'proxy: { type: "string", short: "x" },',
    after: 'proxy: { type: "", short: "x" },',
    reason: "the reader of arguments asks only for the type boolean",
  },
  {
    file: "lib/cli/words.ts",
    before: "const refersToCause = /,? in `cause`,?|`cause`/.test(text);",
    after: "const refersToCause = /, in `cause`,?|`cause`/.test(text);",
    reason: "the second alternative finds what the first one finds",
  },
  {
    file: "lib/fetch/capture.ts",
    before: 'integrity: String(integrity ?? request.integrity ?? ""),',
    after: 'integrity: String(integrity ?? request.integrity ?? "Stryker was here!"),',
    reason: "on Node, where the mutants run, each `Request` has the member",
  },
  {
    file: "lib/fetch/capture_body.ts",
    before:
      'if (duplex !== undefined && duplex !== "half") throw invalidRequest(\'duplex must be "half"\');',
    after: 'if (true && duplex !== "half") throw invalidRequest(\'duplex must be "half"\');',
    reason: "on Node, where the mutants run, an undefined one was rejected before",
  },
  {
    file: "lib/fetch/runtime/proxy.ts",
    before: "if (value === undefined || !/^\\s*https:/i.test(value)) return;",
    after: "if (false || !/^\\s*https:/i.test(value)) return;",
    reason: "the expression does not match the text undefined",
  },
  {
    file: "lib/fetch/server_trust.ts",
    before: "const found = chain[at < 0 ? 0 : at];",
    after: "const found = chain[at <= 0 ? 0 : at];",
    reason: "both are the first one",
  },
];
