// Values that JSON cannot hold survive a step: its result is what JSON.stringify makes of it, and beside it, where that
// loses something, a list says what stood where. Whoever does not know the list reads the plain JSON.

import type { JsonText } from "@stepwell/protocol";
import { isPlain } from "../errors/is-plain.ts";
import { knownParts } from "./known-parts.ts";

export interface EncodedOutput {
  readonly text: JsonText;
  readonly types?: JsonText;
}

export interface EncodedResult extends EncodedOutput {
  /** What the function gets, as it will get it from the memo. */
  readonly value: unknown;
  /** What whoever wrote the step should know of it. */
  readonly warning?: string;
}

const plainUndefined = { text: "null" as JsonText, value: null };
/** What the code of a step gives most often that JSON has not. */
const richUndefined = { text: "null" as JsonText, types: '[[[],"undefined"]]' as JsonText, value: undefined };

/**
 * A step's result as it is recorded, and as user code gets it now and on every replay.
 *
 * @param isRich - The server keeps the list of types. Otherwise what comes back is plain JSON, on the first run as well.
 * @returns `undefined`: what it needs is not loaded yet.
 */
export function encodeResult(value: unknown, stepId: string, isRich: boolean): EncodedResult | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return { text: JSON.stringify(value) as JsonText, value };
  if (value === undefined) return isRich ? richUndefined : plainUndefined;
  if (!isPlain(value)) return knownParts()?.encodeRichResult(value, `step "${stepId}"`, isRich);
  const text = JSON.stringify(value) as JsonText;
  return { text, value: typeof value === "object" ? (JSON.parse(text) as unknown) : value };
}

/**
 * What a function returned, as it is recorded. Whoever reads the run has its plain JSON; a step that invoked it, the list too.
 *
 * @param isRich - As of a step's result.
 * @returns `undefined`: what it needs is not loaded yet.
 */
export function encodeOutput(value: unknown, isRich: boolean): EncodedOutput | undefined {
  if (value === undefined) return plainUndefined;
  return isPlain(value) ? { text: JSON.stringify(value) as JsonText } : knownParts()?.encodeRichOutput(value, isRich);
}
