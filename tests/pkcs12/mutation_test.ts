/**
 * Whatever bytes there are, the decoder gives a result or a McFetchError; and of a file that is
 * protected by a MAC, never another key than its own. MC_MTLS_RUNS times ten tries of each kind;
 * where one fails, its seed is shown.
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import process from "node:process";
import test from "node:test";
import { BMP_STRING, OCTET_STRING, SEQUENCE, SET } from "../../lib/asn1/tags.ts";
import { writeElement } from "../../lib/asn1/writer.ts";
import { McFetchError } from "../../lib/errors.ts";
import { type Pkcs12Contents, readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { TARGETS } from "../../scripts/fuzz_targets.ts";
import { fixture } from "../support/context.ts";

const numRuns = 10 * Number(process.env.MC_MTLS_RUNS ?? 60);
const PASSPHRASE = "changeit";

function property<T>(
  title: string,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => Promise<void>,
): void {
  test(title, () => {
    const options = { numRuns, includeErrorInReport: true };
    return fc.assert(fc.asyncProperty(inputs, check), options);
  });
}

/** A result, or `undefined` where it was refused as it should be. */
async function open(file: Uint8Array): Promise<Pkcs12Contents | undefined> {
  try {
    return await readPkcs12(file, { passphrase: PASSPHRASE });
  } catch (error) {
    if (!(error instanceof McFetchError)) throw error;
    return undefined;
  }
}

/** The file with bits flipped, cut off, a stretch of it left out, doubled, or overwritten. */
function mutations(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(file.length - 1);
  const splice = (from: number, to: number, ...between: Uint8Array[]) =>
    Uint8Array.from(
      [file.subarray(0, from), ...between, file.subarray(to)].flatMap((it) => [...it]),
    );
  const stretch = fc.tuple(place, place).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  return fc.oneof(
    fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 })
      .map((flips) => {
        const changed = file.slice();
        for (const [at, bits] of flips) changed[at]! ^= bits;
        return changed;
      }),
    place.map((length) => file.slice(0, length)),
    stretch.map(([from, to]) => splice(from, to)),
    stretch.map(([from, to]) => splice(to, to, file.subarray(from, to))),
    fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 }))
      .map(([at, bytes]) => splice(at, at + bytes.length, bytes)),
  );
}

for (const name of ["one-iteration", "plain"]) {
  const file = fixture(`producers/openssl-${name}.p12`);
  property(`openssl-${name}.p12 gives its own keys or none`, mutations(file), async (changed) => {
    const contents = await open(changed);
    if (contents) assertEquals(contents, await readPkcs12(file, { passphrase: PASSPHRASE }));
  });
}

for (
  const [target, file] of [
    ["pkcs12", "producers/openssl-plain-nomac.p12"],
    ["keystore", "jks/two.jks"],
    ["keystore", "jks/secret.jceks"],
    ["keystore", "jks/salt-0707070707070707.jceks"],
    ["pkcs7", "client.p7c"],
    ["pem", "client.dek-info.key"],
    ["pem", "client.pkcs1.key"],
    ["privateKey", "client.key.der"],
    ["identity", "ec.sec1.key"],
    ["identity", "client.cert.der"],
  ] as const
) {
  property(`${target}: ${file}, changed`, mutations(fixture(file)), TARGETS[target]!);
}

for (const [name, target] of Object.entries(TARGETS)) {
  property(`${name}: any bytes`, fc.uint8Array({ maxLength: 64 }), target);
}

/** DER as a tree: what is inside of each element, as far as that is elements too. */
interface Node {
  readonly tag: number;
  readonly inside: Uint8Array | readonly Node[];
}

function parse(bytes: Uint8Array): Node[] | undefined {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag, first] = [bytes[at]!, bytes[at + 1] ?? 0x80];
    const octets = first > 0x80 ? first & 0x7f : 0;
    const from = at + 2 + octets;
    const length = octets === 0
      ? first
      : bytes.subarray(at + 2, from).reduce((sum, it) => 256 * sum + it, 0);
    at = from + length;
    if (first === 0x80 || at > bytes.length) return undefined;
    const body = bytes.subarray(from, at);
    // structures, and the OCTET STRINGs that hold them
    const isNest = (tag & 0x20) !== 0 || (tag === OCTET_STRING && body[0] === SEQUENCE);
    nodes.push({ tag, inside: (isNest && parse(body)) || body });
  }
  return nodes;
}

function write({ tag, inside }: Node): Uint8Array {
  return writeElement(tag, ...inside instanceof Uint8Array ? [inside] : inside.map(write));
}

const list = (nodes: readonly Node[]): Node[] =>
  nodes.flatMap((node) => [node, ...node.inside instanceof Uint8Array ? [] : list(node.inside)]);

type Edit = (node: Node) => readonly Node[];

/** The tree with this one node replaced. */
function replace(nodes: readonly Node[], wanted: Node, edit: Edit): Node[] {
  return nodes.flatMap((node) => {
    if (node === wanted) return edit(node);
    if (node.inside instanceof Uint8Array) return [node];
    return [{ tag: node.tag, inside: replace(node.inside, wanted, edit) }];
  });
}

/**
 * The file with some of its elements gone, doubled, of another type or with other contents; the
 * lengths fit.
 */
function edits(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  const tree = parse(file)!;
  const tags = [...new Set([...list(tree).map(({ tag }) => tag), SET, BMP_STRING, 0x05, 0x24])];
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.constant<Edit>(() => []),
    fc.constant<Edit>((node) => [node, node]),
    fc.constant<Edit>((node) => [{ tag: SEQUENCE, inside: [node] }]),
    fc.constantFrom(...list(tree)).map((other): Edit => () => [other]),
    fc.constantFrom(...tags).map((tag): Edit => ({ inside }) => [{ tag, inside }]),
    fc.uint8Array({ maxLength: 9 }).map((inside): Edit => ({ tag }) => [{ tag, inside }]),
  );
  return fc.array(fc.tuple(fc.nat(), edit), { minLength: 1, maxLength: 3 }).map((changes) => {
    const changed = changes.reduce((nodes, [at, change]) => {
      const all = list(nodes);
      return all.length === 0 ? nodes : replace(nodes, all[at % all.length]!, change);
    }, tree);
    return Uint8Array.from(changed.flatMap((node) => [...write(node)]));
  });
}

for (
  const [target, file] of [
    ["pkcs12", "producers/openssl-plain-nomac.p12"],
    ["pkcs12", "producers/openssl-one-iteration.p12"],
    ["pkcs12", "producers/bc-scrypt.p12"],
    ["pkcs7", "client.p7c"],
    ["privateKey", "client.key.der"],
    ["identity", "client.cert.der"],
  ] as const
) {
  property(`${target}: ${file}, with other elements`, edits(fixture(file)), TARGETS[target]!);
}
