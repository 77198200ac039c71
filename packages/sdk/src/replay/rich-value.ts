// Values that JSON cannot hold survive a step: its result is what JSON.stringify makes of it, and beside it, where that
// loses something, a list says what stood where. Whoever does not know the list reads the plain JSON.

import { type JsonText, stepOutputBytesMax } from "@stepwell/protocol";
import { isPlain } from "../errors/is-plain.ts";
import { plainText } from "./plain-text.ts";

export interface EncodedResult {
  readonly text: JsonText;
  readonly types?: JsonText;
  /** What the function gets, as it will get it from the memo. */
  readonly value: unknown;
  /** What whoever wrote the step should know of it. */
  readonly warning?: string;
}

/** Where, what, and what of it the plain JSON has not. */
export type TypeEntry = readonly [path: readonly (string | number)[], type: string, content?: unknown];

/** The types that JSON has not. */
export interface RichTypes {
  /** What stands where in a value. `what` says whose it is, for errors. */
  typesOf(value: unknown, what: string): readonly TypeEntry[];
  /** Said of a value of which JSON has nothing. */
  warningOf(value: unknown, what: string): string | undefined;
  /** Makes plain JSON again what it was. */
  reviveTypes(plain: unknown, entries: readonly TypeEntry[]): unknown;
}

let known: RichTypes | undefined;

/** From here on they are known. */
export function useRichTypes(types: RichTypes): void {
  known = types;
}

const plainUndefined = { text: "null" as JsonText, value: null };
/** What the code of a step gives most often that JSON has not. */
const richUndefined = { text: "null" as JsonText, types: '[[[],"undefined"]]' as JsonText, value: undefined };

/**
 * A step's result as it is recorded, and as user code gets it now and on every replay.
 *
 * @param isRich - The server keeps the list of types. Otherwise what comes back is plain JSON, on the first run as well.
 * @returns `undefined`: it needs types that are not known yet.
 */
export function encodeResult(value: unknown, stepId: string, isRich: boolean): EncodedResult | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return { text: JSON.stringify(value) as JsonText, value };
  if (value === undefined) return isRich ? richUndefined : plainUndefined;
  const what = `step "${stepId}"`;
  if (isPlain(value)) {
    const text = JSON.stringify(value) as JsonText;
    return { text, value: typeof value === "object" ? (JSON.parse(text) as unknown) : value };
  }
  if (isRich && known === undefined) return undefined;
  // First, since it finds what contains itself, which is then not looked through by every way there is.
  const text = plainText(value, what);
  const plain = JSON.parse(text) as unknown;
  // What is too long is refused by the server, and need not be looked through.
  const entries = isRich && text.length <= stepOutputBytesMax ? known?.typesOf(value, what) : undefined;
  if (entries === undefined || entries.length === 0) {
    const warning = isRich && text === "{}" ? known?.warningOf(value, what) : undefined;
    return warning === undefined ? { text, value: plain } : { text, value: plain, warning };
  }
  const types = JSON.stringify(entries) as JsonText;
  return { text, types, value: revived(plain, JSON.parse(types)) };
}

/**
 * What a function returned, as it is recorded. Whoever reads the run has its plain JSON; a step that invoked it, the list too.
 *
 * @param isRich - As of a step's result.
 * @returns `undefined`: it needs types that are not known yet.
 */
export function encodeOutput(value: unknown, isRich: boolean): Pick<EncodedResult, "text" | "types"> | undefined {
  if (value === undefined) return plainUndefined;
  if (isPlain(value)) return { text: JSON.stringify(value) as JsonText };
  if (isRich && known === undefined) return undefined;
  const text = plainText(value, "the function");
  const entries = isRich && text.length <= stepOutputBytesMax ? known?.typesOf(value, "the function") : undefined;
  // A member without a value reads as one that is not there.
  const more = entries?.filter(([path, type]) => type !== "undefined" || typeof path.at(-1) === "number") ?? [];
  return more.length === 0 ? { text } : { text, types: JSON.stringify(more) as JsonText };
}

/** What was recorded with types. Whoever brings it sees to it that they are known. */
export function revived(plain: unknown, types: readonly TypeEntry[]): unknown {
  return (known as RichTypes).reviveTypes(plain, types);
}
