import { type JsonText, stepOutputBytesMax } from "@stepwell/protocol";
import { plainText } from "./plain-text.ts";
import { reviveTypes, type TypeEntry, typesOf, warningOf } from "./rich-types.ts";
import type { EncodedOutput, EncodedResult } from "./rich-value.ts";

/** A step's result that JSON does not hold as it is. */
export function encodeRichResult(value: unknown, what: string, isRich: boolean): EncodedResult {
  const { text, entries } = encode(value, what, isRich);
  const plain = JSON.parse(text) as unknown;
  if (entries.length === 0) {
    const warning = isRich && text === "{}" ? warningOf(value, what) : undefined;
    return warning === undefined ? { text, value: plain } : { text, value: plain, warning };
  }
  const types = JSON.stringify(entries) as JsonText;
  return { text, types, value: reviveTypes(plain, JSON.parse(types)) };
}

/** A function's result that JSON does not hold as it is. */
export function encodeRichOutput(value: unknown, isRich: boolean): EncodedOutput {
  const { text, entries } = encode(value, "the function", isRich);
  // A member without a value reads as one that is not there.
  const more = entries.filter(([path, type]) => type !== "undefined" || typeof path.at(-1) === "number");
  return more.length === 0 ? { text } : { text, types: JSON.stringify(more) as JsonText };
}

function encode(value: unknown, what: string, isRich: boolean): { readonly text: JsonText; readonly entries: readonly TypeEntry[] } {
  // First, since it finds what contains itself, which is then not looked through by every way there is.
  const text = plainText(value, what);
  // What is too long is refused by the server, and need not be looked through.
  return { text, entries: isRich && text.length <= stepOutputBytesMax ? typesOf(value, what) : [] };
}
