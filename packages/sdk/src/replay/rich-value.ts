// Values that JSON cannot hold survive a step: its result is what JSON.stringify makes of it, and beside it, where that
// loses something, a list says what stood where. Whoever does not know the list reads the plain JSON.

import { isObject, type JsonText, StepwellError } from "@stepwell/protocol";
import { isPlain } from "../errors/is-plain.ts";
import { reviveError } from "../errors/revive-error.ts";
import { serializeError } from "../errors/serialize-error.ts";

type Path = readonly (string | number)[];
/** Where, what, and what of it the plain JSON has not. */
type TypeEntry = readonly [path: Path, type: string, content?: unknown];

export interface EncodedResult {
  readonly text: JsonText;
  readonly types?: JsonText;
  /** What the function gets, as it will get it from the memo. */
  readonly value: unknown;
}

const plainUndefined = { text: "null" as JsonText, value: null };

/**
 * A step's result as it is recorded, and as user code gets it now and on every replay.
 *
 * @param isRich - The server keeps the list of types. Otherwise what comes back is plain JSON, on the first run as well.
 */
export function encodeResult(value: unknown, stepId: string, isRich: boolean): EncodedResult {
  if (value === null || typeof value === "string" || typeof value === "boolean") return { text: JSON.stringify(value) as JsonText, value };
  if (value === undefined && !isRich) return plainUndefined;
  const what = `step "${stepId}"`;
  if (isPlain(value, 0)) {
    const text = JSON.stringify(value) as JsonText;
    return { text, value: typeof value === "object" ? (JSON.parse(text) as unknown) : value };
  }
  if (!isRich) {
    const text = plainText(value, what);
    return { text, value: JSON.parse(text) as unknown };
  }
  const entries: TypeEntry[] = [];
  collect(value, [], entries, { what, above: new Map(), depth: 0 });
  const text = plainText(value, what);
  const plain = JSON.parse(text) as unknown;
  if (entries.length === 0) return { text, value: plain };
  const types = JSON.stringify(entries) as JsonText;
  return { text, types, value: reviveTypes(plain, JSON.parse(types) as readonly TypeEntry[]) };
}

/**
 * What a function returned, as it is recorded. Whoever reads the run has its plain JSON; a step that invoked it, the list too.
 *
 * @param isRich - As of a step's result.
 */
export function encodeOutput(value: unknown, isRich: boolean): Pick<EncodedResult, "text" | "types"> {
  if (value === undefined) return plainUndefined;
  if (isPlain(value, 0)) return { text: JSON.stringify(value) as JsonText };
  const entries: TypeEntry[] = [];
  if (isRich) collect(value, [], entries, { what: "the function", above: new Map(), depth: 0 });
  const text = plainText(value, "the function");
  // A member without a value reads as one that is not there.
  const more = entries.filter(([path, type]) => type !== "undefined" || typeof path.at(-1) === "number");
  return more.length === 0 ? { text } : { text, types: JSON.stringify(more) as JsonText };
}

/** The JSON of a value, with big integers as text. What JSON cannot hold at all is refused, with its place. */
export function plainText(value: unknown, what: string): JsonText {
  if (typeof value === "function" || typeof value === "symbol") throw notSerializable(what, `it is a ${typeof value}`);
  try {
    if (isPlain(value, 0)) return JSON.stringify(value) as JsonText;
    return (JSON.stringify(value, hasBigInt(value) ? bigIntAsText : undefined) ?? "null") as JsonText;
  } catch (error) {
    throw notSerializable(what, error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error), error);
  }
}

function bigIntAsText(_: string, member: unknown): unknown {
  return typeof member === "bigint" ? member.toString() : member;
}

/** A replacer makes JSON.stringify several times slower, so it has one only where it is needed. */
function hasBigInt(value: unknown, depth = 0): boolean {
  if (typeof value === "bigint") return true;
  if (typeof value !== "object" || value === null || depth > depthMax) return false;
  return Object.values(value).some((member) => hasBigInt(member, depth + 1));
}

function notSerializable(what: string, why: string, cause?: unknown): StepwellError {
  return new StepwellError("result_not_serializable", `${what} returned a value that cannot be recorded: ${why}`, {
    retryable: false,
    cause,
    advice: "Return plain data: objects, lists, text, numbers, dates, maps and sets.",
  });
}

/** As deep as a server takes JSON. */
const depthMax = 500;

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
  // Where a value contains itself otherwise, JSON says it, and is asked next.
  if (seenAt !== undefined || above.size > depthMax || "toJSON" in value) return;
  above.set(value, depth);
  if (Array.isArray(value)) for (let index = 0; index < value.length; index += 1) collect(value[index], [...path, index], entries, within);
  else for (const key of Object.keys(value)) collect((value as Record<string, unknown>)[key], [...path, key], entries, within);
  above.delete(value);
}

const containsItself = "it contains itself";

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
  if (above.size > depthMax) throw notSerializable(what, "it is nested too deep");
  above.set(members, depth);
  const list: readonly unknown[] = [...members];
  const types: TypeEntry[] = [];
  collect(list, [], types, { what, above, depth: depth + 1 });
  above.delete(members);
  return { data: JSON.parse(plainText(list, what)), types };
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
