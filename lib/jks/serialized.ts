/**
 * Steps over a serialized Java object (Java Object Serialization Specification, section 6.4).
 * Creates no object: it only follows the lengths.
 *
 * @module
 */
import { malformed } from "../errors.ts";
import type { DataReader } from "./data.ts";

const STREAM_MAGIC_AND_VERSION = 0xaced0005;

/** The first byte of each element of the stream. */
const TC_NULL = 0x70;
const TC_REFERENCE = 0x71;
const TC_CLASSDESC = 0x72;
const TC_OBJECT = 0x73;
const TC_STRING = 0x74;
const TC_ARRAY = 0x75;
const TC_BLOCKDATA = 0x77;
const TC_ENDBLOCKDATA = 0x78;

/** classDescFlags: the class has `writeObject`, and writes its fields by the rules. */
const SC_WRITE_METHOD = 0x01;
const SC_SERIALIZABLE = 0x02;

/** The first handle of the stream. */
const BASE_WIRE_HANDLE = 0x7e0000;

/** The number of bytes of each primitive type. */
const PRIMITIVES: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["C", 2],
  ["D", 8],
  ["F", 4],
  ["I", 4],
  ["J", 8],
  ["S", 2],
  ["Z", 1],
]);

/** A SealedObject has a depth of three: the object, its class, the class above. */
const MAX_DEPTH = 16;
/** A SealedObject has 20 elements. */
const MAX_ELEMENTS = 256;

/** Class of an object, as the stream describes it. */
interface ClassDescription {
  readonly name: string;
  readonly flags: number;
  /** The type of each field: the first character of its descriptor. */
  readonly fields: readonly string[];
  readonly above: ClassDescription | undefined;
  /** The number of classes above. */
  readonly depth: number;
}

/**
 * Skips a stream of one object.
 *
 *     stream     ::= magic version object
 *     object     ::= TC_OBJECT classDesc newHandle classdata[]
 *                  | TC_ARRAY classDesc newHandle (int)size values[size]
 *                  | TC_STRING newHandle (utf)
 *                  | TC_REFERENCE (int)handle
 *                  | TC_NULL
 *     classDesc  ::= TC_CLASSDESC (utf)className (long)serialVersionUID newHandle (byte)flags
 *                    (short)count fieldDesc[count] annotation superClassDesc
 *                  | TC_REFERENCE (int)handle
 *                  | TC_NULL
 *     fieldDesc  ::= (byte)typecode (utf)fieldName (string)className, for [ and L
 *     classdata  ::= values[] annotation, if the class has writeObject
 *     annotation ::= (blockdata | object)[] TC_ENDBLOCKDATA
 *
 * @param data A reader whose next field is the stream
 */
export function skipSerializedObject(data: DataReader): void {
  if (data.readInt("serialized object") !== STREAM_MAGIC_AND_VERSION) {
    throw fail(data, "it has no stream header");
  }
  new Skipper(data).skipObject(0);
}

function fail(data: DataReader, problem: string): Error {
  return malformed(data.file, `a secret key is not a serialized object: ${problem}`);
}

class Skipper {
  readonly #data: DataReader;
  /** Classes by their handle. Other objects have a handle too, and `undefined` here. */
  readonly #handles: (ClassDescription | undefined)[] = [];
  #elements = 0;

  constructor(data: DataReader) {
    this.#data = data;
  }

  skipObject(depth: number, tag: number = this.#readTag()): void {
    if (depth > MAX_DEPTH) throw fail(this.#data, `it is nested more than ${MAX_DEPTH} times`);
    if (tag === TC_NULL) return;
    if (tag === TC_REFERENCE) {
      this.#readHandle();
    } else if (tag === TC_STRING) {
      this.#handles.push(undefined);
      this.#data.skip(this.#data.readShort("length of a string"), "string");
    } else if (tag === TC_ARRAY) {
      this.#skipArray(depth);
    } else if (tag === TC_OBJECT) {
      const type = this.#readClass(depth + 1);
      this.#handles.push(undefined);
      this.#skipFields(type, depth);
    } else {
      throw fail(this.#data, `the type ${tag} of an element is not supported`);
    }
  }

  #skipArray(depth: number): void {
    const type = this.#readClass(depth + 1)?.name[1] ?? "";
    this.#handles.push(undefined);
    const count = this.#data.readInt("length of an array");
    const size = PRIMITIVES.get(type);
    if (size !== undefined) return this.#data.skip(count * size, "array");
    for (let i = 0; i < count; i++) this.skipObject(depth + 1);
  }

  /** Skips the fields of all classes of an object, those of the highest class first. */
  #skipFields(type: ClassDescription | undefined, depth: number): void {
    if (type === undefined) return;
    this.#skipFields(type.above, depth);
    for (const field of type.fields) {
      const size = PRIMITIVES.get(field);
      if (size === undefined) this.skipObject(depth + 1);
      else this.#data.skip(size, "field");
    }
    if ((type.flags & SC_WRITE_METHOD) !== 0) this.#skipAnnotation(depth);
  }

  #readClass(depth: number): ClassDescription | undefined {
    if (depth > MAX_DEPTH) throw fail(this.#data, `it is nested more than ${MAX_DEPTH} times`);
    const tag = this.#readTag();
    if (tag === TC_NULL) return undefined;
    if (tag === TC_REFERENCE) return this.#handles[this.#readHandle()];
    if (tag !== TC_CLASSDESC) throw fail(this.#data, `the type ${tag} of a class is not supported`);
    const name = this.#data.readText("class name");
    this.#data.skip(8, "serialVersionUID");
    // The class has its handle only when it is complete: a class above itself would never end.
    const handle = this.#handles.push(undefined) - 1;
    const flags = this.#data.readByte("flags of a class");
    if ((flags & ~SC_WRITE_METHOD) !== SC_SERIALIZABLE) {
      throw fail(this.#data, `the flags ${flags} of a class are not supported`);
    }
    const fields = this.#readFields(depth);
    this.#skipAnnotation(depth);
    const above = this.#readClass(depth + 1);
    const type = { name, flags, fields, above, depth: above ? above.depth + 1 : 0 };
    if (type.depth > MAX_DEPTH) {
      throw fail(this.#data, `a class has more than ${MAX_DEPTH} classes above`);
    }
    return this.#handles[handle] = type;
  }

  #readFields(depth: number): string[] {
    const fields: string[] = [];
    for (let left = this.#data.readShort("number of fields"); left > 0; left--) {
      this.#countElement();
      const type = String.fromCharCode(this.#data.readByte("type of a field"));
      this.#data.skip(this.#data.readShort("length of a field's name"), "field's name");
      if (type === "L" || type === "[") this.skipObject(depth + 1);
      else if (!PRIMITIVES.has(type)) throw fail(this.#data, "a field has no type");
      fields.push(type);
    }
    return fields;
  }

  #skipAnnotation(depth: number): void {
    for (;;) {
      const tag = this.#readTag();
      if (tag === TC_ENDBLOCKDATA) return;
      if (tag === TC_BLOCKDATA) this.#data.skip(this.#data.readByte("length of a block"), "block");
      else this.skipObject(depth + 1, tag);
    }
  }

  #readTag(): number {
    this.#countElement();
    return this.#data.readByte("serialized object");
  }

  /** Counts an element or a field. Their number bounds the work, whatever the length is. */
  #countElement(): void {
    if (++this.#elements <= MAX_ELEMENTS) return;
    throw fail(this.#data, `it has more than ${MAX_ELEMENTS} elements`);
  }

  /** Reads a reference to an earlier element, and returns its index. */
  #readHandle(): number {
    const index = this.#data.readInt("handle") - BASE_WIRE_HANDLE;
    if (index >= 0 && index < this.#handles.length) return index;
    throw fail(this.#data, "it refers to an element that it does not hold");
  }
}
