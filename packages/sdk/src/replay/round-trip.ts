import type { JsonText } from "@stepwell/protocol";

/** A result as it is stored, and as the function gets it: the same on the first run and on every replay. */
export interface RoundTripped {
  readonly text: JsonText;
  readonly value: unknown;
}

export function roundTrip(value: unknown): RoundTripped {
  if (value === undefined || value === null) return { text: "null" as JsonText, value: null };
  const text = (JSON.stringify(value) ?? "null") as JsonText;
  return { text, value: typeof value === "object" ? JSON.parse(text) : text === "null" ? null : value };
}
