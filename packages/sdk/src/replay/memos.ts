import { isObject } from "@stepwell/protocol";
import { knownParts } from "./known-parts.ts";
import type { RareParts } from "./rare-parts.ts";

/** What a run remembers of its steps, as the server sent it. */
export interface Memos {
  /** Hashed ids of the steps, in the order in which they were recorded. */
  readonly order: readonly string[];
  /** The memo of a step as a JSON value; `undefined` when it has none. */
  read(hashedId: string): unknown;
}

/** Memos that are JSON values already. */
export function memosOf(steps: Readonly<Record<string, unknown>>, order: readonly string[]): Memos {
  return { order, read: (hashedId) => (Object.hasOwn(steps, hashedId) ? steps[hashedId] : undefined) };
}

/** Memos as JSON text, of which only those that are asked for are parsed. */
export function memosOfText(memos: ReadonlyMap<string, string>): Memos {
  if (memos.size === 0) return noMemos;
  return {
    order: [...memos.keys()],
    read(hashedId) {
      const text = memos.get(hashedId);
      return text === undefined ? undefined : JSON.parse(text);
    },
  };
}

const noMemos: Memos = { order: [], read: () => undefined };

export type Memo =
  | { readonly kind: "data"; readonly data: unknown }
  | { readonly kind: "error"; readonly error: unknown }
  /** The step has no result yet; it is to be called with these arguments. */
  | { readonly kind: "input"; readonly input: readonly unknown[] };

/** Tells the shapes of memos apart. One that is not wrapped is the value itself: a sleep's `null`, an event. */
export function readMemo(value: unknown): Memo {
  if (!isObject(value)) return { kind: "data", data: value };
  const keys = Object.keys(value);
  if (keys.length === 1 || (keys.length === 2 && "type" in value)) {
    if ("data" in value) return { kind: "data", data: value["data"] };
    if ("error" in value) return { kind: "error", error: value["error"] };
    if ("input" in value) return { kind: "input", input: Array.isArray(value["input"]) ? value["input"] : [] };
  }
  if (keys.length === 2 && "data" in value && Array.isArray(value["types"]))
    // Whoever brings a memo with types has loaded what reads them.
    return { kind: "data", data: (knownParts() as RareParts).reviveTypes(value["data"], value["types"] as never) };
  return { kind: "data", data: value };
}
