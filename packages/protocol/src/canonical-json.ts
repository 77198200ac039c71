// JSON in one spelling (RFC 8785): what is signed must be the same bytes on both sides.

import type { JsonText } from "./ids.ts";

/** The canonical text of a value that `JSON.parse` could have given. */
export function canonicalJson(value: unknown): JsonText {
  return write(value) as JsonText;
}

/** The canonical text of JSON text. Integers beyond 2^53 lose precision, as they do in every SDK. */
export function canonicalText(text: JsonText): JsonText {
  return canonicalJson(JSON.parse(text));
}

function write(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  const members: string[] = [];
  // JavaScript compares strings by UTF-16 code units, which is the order the standard asks for.
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${write(member)}`);
  }
  return `{${members.join(",")}}`;
}
