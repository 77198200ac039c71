// The types of values that JSON has not.

import { isObject } from "@stepwell/protocol";
import { reviveError } from "../errors/revive-error.ts";
import { serializeError } from "../errors/serialize-error.ts";
import { containsItself, jsonDepthMax, notSerializable, plainText } from "./plain-text.ts";

type Path = readonly (string | number)[];
/** Where, what, and what of it the plain JSON has not. */
export type TypeEntry = readonly [path: Path, type: string, content?: unknown];

/** What stands where in a value. `what` says whose it is, for errors. */
export function typesOf(value: unknown, what: string): readonly TypeEntry[] {
  const entries: TypeEntry[] = [];
  collect(value, [], entries, { what, above: new Map(), depth: 0 });
  return entries;
}

/** Said of a value of which JSON has nothing. Of a Response, say, or a regular expression: all that it is lies where JSON does not look. */
export function warningOf(value: unknown, what: string): string | undefined {
  if (typeof value !== "object" || value === null || "toJSON" in value) return undefined;
  const kind: unknown = Object.getPrototypeOf(value);
  // A plain object that is empty, of this realm or another.
  if (kind === null || Object.getPrototypeOf(kind) === null) return undefined;
  const { name } = value.constructor;
  return (
    `stepwell: ${what} returned a ${name}, of which JSON has nothing: the function gets {}. ` +
    "Return what you need of it, as `await response.json()` of a Response."
  );
}

interface Within {
  /** Whose value it is, for errors. */
  readonly what: string;
  /** What it stands in, and in how many maps and sets that does. */
  readonly above: Map<object, number>;
  readonly depth: number;
}

function collect(value: unknown, path: Path, entries: TypeEntry[], within: Within): void {
  const type = typeOf(value);
  if (type !== undefined) {
    entries.push([path, ...contentOf(type, value, within)] as unknown as TypeEntry);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const { above, what, depth } = within;
  if (value instanceof Promise) throw notSerializable(what, `${placeOf(path)} is a promise that was not awaited`);
  const seenAt = above.get(value);
  if (seenAt !== undefined && seenAt !== depth) throw notSerializable(what, containsItself);
  // Where a value contains itself otherwise, JSON has said it, and was asked before.
  if (seenAt !== undefined || above.size > jsonDepthMax || "toJSON" in value) return;
  above.set(value, depth);
  if (Array.isArray(value)) for (let index = 0; index < value.length; index += 1) collect(value[index], [...path, index], entries, within);
  else for (const key of Object.keys(value)) collect((value as Record<string, unknown>)[key], [...path, key], entries, within);
  above.delete(value);
}

function placeOf(path: Path): string {
  return path.length === 0 ? "it" : `its member ${path.join(".")}`;
}

const arrayTypes = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  // Younger than some hosts.
  ...(typeof Float16Array === "undefined" ? {} : { Float16Array }),
};

function typeOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "undefined":
      return "undefined";
    case "bigint":
      return "BigInt";
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? undefined : "Number";
    case "object":
      return value === null ? undefined : typeOfObject(value);
    default:
      return undefined;
  }
}

function typeOfObject(value: object): string | undefined {
  if (value instanceof Date) return "Date";
  if (value instanceof Map) return "Map";
  if (value instanceof Set) return "Set";
  if (value instanceof Error) return "Error";
  if (value instanceof ArrayBuffer) return "ArrayBuffer";
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return undefined;
  return value.constructor.name === "Buffer" ? "Buffer" : value.constructor.name in arrayTypes ? value.constructor.name : undefined;
}

/** What the plain JSON of a value has not, and the list of types within it. */
function contentOf(type: string, value: unknown, within: Within): readonly [type: string, content?: unknown] {
  switch (type) {
    case "Number":
      return [type, Object.is(value, -0) ? "-0" : String(value)];
    case "Map":
      return [type, nested(value as Map<unknown, unknown>, within)];
    case "Set":
      return [type, nested(value as Set<unknown>, within)];
    case "Error":
      return [type, serializeError(value)];
    case "ArrayBuffer":
      return [type, base64(new Uint8Array(value as ArrayBuffer))];
    case "BigInt64Array":
    case "BigUint64Array":
      return [type, Array.from(value as BigInt64Array, String)];
    case "Float16Array":
    case "Float32Array":
    case "Float64Array":
      return [type, Array.from(value as Float64Array, (each) => (Object.is(each, -0) ? "-0" : String(each)))];
    default:
      return [type];
  }
}

interface Nested {
  readonly data: unknown;
  readonly types: readonly TypeEntry[];
}

function nested(members: Map<unknown, unknown> | Set<unknown>, { what, above, depth }: Within): Nested {
  if (above.has(members)) throw notSerializable(what, containsItself);
  if (above.size > jsonDepthMax) throw notSerializable(what, "it is nested too deep");
  above.set(members, depth);
  const list: readonly unknown[] = [...members];
  const data: unknown = JSON.parse(plainText(list, what));
  const types: TypeEntry[] = [];
  collect(list, [], types, { what, above, depth: depth + 1 });
  above.delete(members);
  return { data, types };
}

/** Makes plain JSON again what it was. */
export function reviveTypes(plain: unknown, entries: readonly TypeEntry[]): unknown {
  let root = plain;
  for (const [path, type, content] of entries) {
    const key = path.at(-1);
    if (key === undefined) {
      root = revive(type, plain, content);
      continue;
    }
    const holder = path.slice(0, -1).reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], root);
    if (typeof holder !== "object" || holder === null) continue;
    const before = Object.hasOwn(holder, key) ? (holder as Record<string, unknown>)[key] : undefined;
    Object.defineProperty(holder, key, { value: revive(type, before, content), configurable: true, enumerable: true, writable: true });
  }
  return root;
}

function revive(type: string, plain: unknown, content: unknown): unknown {
  switch (type) {
    case "undefined":
      return undefined;
    case "Date":
      return new Date(typeof plain === "string" ? plain : Number.NaN);
    case "BigInt":
      return BigInt(plain as string);
    case "Number":
      return Number(content);
    case "Map":
      return new Map(reviveNested(content) as [unknown, unknown][]);
    case "Set":
      return new Set(reviveNested(content));
    case "Error":
      return reviveError(content);
    case "ArrayBuffer":
      return fromBase64(String(content)).buffer;
    case "Buffer":
      return reviveBuffer(plain);
    default:
      return reviveArray(type, plain, content);
  }
}

function reviveNested(content: unknown): unknown[] {
  const { data, types } = content as { readonly data: unknown[]; readonly types: readonly TypeEntry[] };
  return reviveTypes(data, types) as unknown[];
}

function reviveBuffer(plain: unknown): unknown {
  const bytes = Uint8Array.from(isObject(plain) && Array.isArray(plain["data"]) ? (plain["data"] as number[]) : []);
  const { Buffer } = globalThis as { readonly Buffer?: { from(bytes: Uint8Array): unknown } };
  return Buffer === undefined ? bytes : Buffer.from(bytes);
}

function reviveArray(type: string, plain: unknown, content: unknown): unknown {
  if (!(type in arrayTypes)) return plain;
  if (type === "BigInt64Array") return BigInt64Array.from(content as string[], BigInt);
  if (type === "BigUint64Array") return BigUint64Array.from(content as string[], BigInt);
  const members = Array.isArray(content) ? content.map(Number) : Object.values(isObject(plain) ? plain : {}).map(Number);
  return (arrayTypes[type as "Uint8Array"] as Uint8ArrayConstructor).from(members);
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
