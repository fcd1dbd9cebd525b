/**
 * Makes damaged and odd certificates, the same ones for the same number.
 *
 * A mutation changes the tree of elements, and all lengths fit again. It reaches the checks behind
 * the first wrong length. Other mutations change bytes.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Reader } from "../lib/asn1/reader.ts";
import {
  BIT_STRING,
  BOOLEAN,
  CONSTRUCTED,
  contextTag,
  OCTET_STRING,
  SEQUENCE,
  SET,
} from "../lib/asn1/tags.ts";
import { writeElement, writeOctets, writeOid, writeSequence } from "../lib/asn1/writer.ts";
import { readPem, writePem } from "../lib/keys/pem.ts";

/** Credentials with one mutated certificate. */
export interface Mutant {
  readonly cert: string;
  readonly key: string;
}

/** Certificate of a seed, with its key and its issuer. */
interface Seed {
  readonly leaf: Uint8Array;
  readonly issuer: Uint8Array;
  readonly key: string;
}

/** Element as a tree. */
interface Node {
  tag: number;
  body: Uint8Array;
  children: Node[] | undefined;
}

const FIXTURES = join(fileURLToPath(new URL("..", import.meta.url)), "tests", "fixtures");

/** Identifiers of extensions and algorithms to swap in. */
const WORDS = [
  ...["14", "15", "17", "18", "19", "30", "31", "32", "35", "36", "37", "46", "54"].map((n) =>
    writeOid(`2.5.29.${n}`)
  ),
  writeOid("1.3.6.1.5.5.7.1.1"),
  writeOid("1.3.6.1.4.1.11129.2.4.2"),
  writeOid("1.2.840.113549.1.1.12"),
  writeOid("1.2.840.10045.4.3.3"),
];
const TAGS = [BOOLEAN, 2, BIT_STRING, OCTET_STRING, 5, 6, 10, 12, 19, 23, 24, SEQUENCE, SET];
const MORE_TAGS = [0x80, 0x81, 0x82, 0x83, 0xa0, 0xa1, 0xa2, 0xa3, 0x1f, 0x3f];

function readSeeds(): Seed[] {
  const read = (name: string) => readFileSync(join(FIXTURES, name), "utf8");
  const [issuer] = readPem(read("issuing.pem"), "issuing.pem");
  return [["client.pem", "client.pkcs8.key"], ["ec.pem", "ec.key"], ["ed25519.pem", "ed25519.key"]]
    .flatMap(([cert = "", key = ""]) => {
      const [leaf] = readPem(read(cert), cert);
      const seed = { leaf: leaf!.bytes, issuer: issuer!.bytes, key: read(key) };
      return [seed, { ...seed, leaf: enrich(seed.leaf) }];
    });
}

/** Writes a certificate again with every kind of extension. Nobody verifies its signature. */
function enrich(leaf: Uint8Array): Uint8Array {
  const tree = parse(leaf);
  const tbs = tree.children![0]!;
  const extension = (type: string, value: Uint8Array, ...critical: Uint8Array[]) =>
    parse(writeSequence(writeOid(type), ...critical, writeOctets(value)));
  const isTrue = writeElement(BOOLEAN, Uint8Array.of(0xff));
  const bits = writeElement(BIT_STRING, Uint8Array.of(7, 0x80));
  const name = writeElement(0x82, new TextEncoder().encode("client.example"));
  const extensions: Node[] = [
    extension("2.5.29.19", writeSequence(), isTrue),
    extension("2.5.29.15", bits, isTrue),
    extension("2.5.29.37", writeSequence(writeOid("1.3.6.1.5.5.7.3.2"))),
    extension("2.5.29.17", writeSequence(name)),
    extension("2.5.29.30", writeSequence(writeElement(0xa0, writeSequence(name))), isTrue),
    extension("2.5.29.31", writeSequence(writeSequence())),
    extension("2.5.29.32", writeSequence(writeSequence(writeOid("2.5.29.32.0")))),
    extension("2.5.29.14", writeOctets(new Uint8Array(20))),
    extension("2.5.29.35", writeSequence(writeElement(0x80, new Uint8Array(20)))),
    extension("1.3.6.1.5.5.7.1.1", writeSequence()),
    extension("1.3.6.1.4.1.11129.2.4.2", writeOctets(new Uint8Array(8))),
  ];
  const list: Node = { tag: SEQUENCE, body: new Uint8Array(0), children: extensions };
  const last = tbs.children!.at(-1)!;
  if (last.tag === contextTag(3)) tbs.children!.pop();
  tbs.children!.push({ tag: contextTag(3), body: new Uint8Array(0), children: [list] });
  return write(tree);
}

function parse(bytes: Uint8Array): Node {
  const { tag, body } = new Reader(bytes, "", "").readAny("");
  return { tag, body, children: parseChildren(tag, body) };
}

/** Parses constructed elements, and OCTET STRINGs that hold one element, as in extensions. */
function parseChildren(tag: number, body: Uint8Array): Node[] | undefined {
  if (!(tag & CONSTRUCTED) && tag !== OCTET_STRING) return undefined;
  try {
    const children: Node[] = [];
    for (const reader = new Reader(body, "", ""); reader.tag !== undefined;) {
      children.push(parse(reader.readAny("").raw));
    }
    return children;
  } catch {
    return undefined;
  }
}

function write({ tag, body, children }: Node): Uint8Array {
  return writeElement(tag, ...children ? children.map(write) : [body]);
}

/** Returns whole numbers below a limit, the same ones for the same seed (mulberry32). */
function makeRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Returns all elements with the list that each is in. */
function list(node: Node, found: { node: Node; siblings: Node[] }[] = []): typeof found {
  for (const child of node.children ?? []) {
    found.push({ node: child, siblings: node.children! });
    list(child, found);
  }
  return found;
}

/** Changes one element of the tree. */
function changeTree(tree: Node, random: (limit: number) => number): void {
  const all = list(tree);
  const { node, siblings } = all[random(all.length)]!;
  const other = all[random(all.length)]!.node;
  const at = siblings.indexOf(node);
  const copy = () => parse(write(other));
  const replaceBody = (body: Uint8Array) => Object.assign(node, { body, children: undefined });
  const pick = <T>(items: readonly T[]) => items[random(items.length)]!;
  pick<() => void>([
    () => node.tag = pick(TAGS),
    () => node.tag = pick(MORE_TAGS),
    () => siblings.splice(at, 1),
    () => siblings.splice(at, 0, parse(write(node))),
    () => siblings.splice(random(siblings.length + 1), 0, copy()),
    () => siblings.splice(at, 1, copy()),
    () => siblings.push(siblings.splice(at, 1)[0]!),
    () => siblings.splice(at, 0, parse(pick(WORDS))),
    () => siblings.splice(at, 1, parse(pick(WORDS))),
    () => siblings.splice(at, 0, parse(writeElement(BOOLEAN, Uint8Array.of(pick([0, 1, 0xff]))))),
    () => replaceBody(new Uint8Array(random(4))),
    () => replaceBody(Uint8Array.of(0, ...write(node).subarray(2))),
    () =>
      replaceBody(Uint8Array.from({ length: pick([1, 20, 21, 127, 128, 256, 70_000]) }, () => 1)),
    () => {
      const body = node.children ? write(node).slice(2) : node.body.slice();
      if (body.length > 0) body[random(body.length)] = random(256);
      replaceBody(body);
    },
  ])();
}

function changeBytes(der: Uint8Array, random: (limit: number) => number): Uint8Array {
  const bytes = der.slice();
  const at = random(bytes.length);
  if (random(4) > 0) {
    bytes[at] = random(2) === 0 ? random(256) : bytes[at]! ^ (1 << random(8));
    return bytes;
  }
  const end = at + random(8);
  return new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(random(2) ? at : end)]);
}

let seeds: Seed[] | undefined; // read when needed: workerd loads this module and has no files
const getSeeds = (): Seed[] => seeds ??= readSeeds();

/** Makes one mutant. In each fifth one, the issuer is changed instead of the leaf. */
export function makeMutant(number: number): Mutant {
  const random = makeRandom(number);
  const { leaf, issuer, key } = getSeeds()[random(getSeeds().length)]!;
  const isIssuer = random(5) === 0;
  let der: Uint8Array = isIssuer ? issuer : leaf;
  for (let changes = 1 + random(2); changes > 0; changes--) {
    if (random(4) === 0) der = changeBytes(der, random);
    else {
      const tree = parseTree(der);
      if (tree === undefined) break;
      changeTree(tree, random);
      der = write(tree);
    }
  }
  const chain = isIssuer ? [leaf, der] : [der, issuer];
  return { cert: chain.map((bytes) => writePem("CERTIFICATE", bytes)).join(""), key };
}

function parseTree(der: Uint8Array): Node | undefined {
  try {
    const tree = parse(der);
    return list(tree).length > 0 ? tree : undefined;
  } catch {
    return undefined;
  }
}
