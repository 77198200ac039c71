// Reading JSON of unknown shape: what is absent and what is null are the same, and nothing throws.

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value of a JSON text, or `undefined` when the text is none. A JSON value is never `undefined`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The caller says what was expected instead.
  }
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Text that says something. */
export function wordsOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** An object with its keys in lower case and without `_`: some SDKs depend on a decoder that ignores case. */
export function lowerKeys(value: JsonObject): JsonObject {
  const lower: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const name = key.toLowerCase().replaceAll("_", "");
    if (member !== null && (lower[name] === undefined || key === key.toLowerCase())) lower[name] = member;
  }
  return lower;
}

const encoder = new TextEncoder();

/** Bytes of a text in UTF-8. Most texts are short or plain, so their length decides before they are encoded. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** Whether a text has more bytes than `bytesMax`, without encoding it where its length alone says so. */
export function exceedsBytes(text: string, bytesMax: number): boolean {
  if (text.length > bytesMax) return true;
  if (text.length * 3 <= bytesMax) return false;
  return utf8Bytes(text) > bytesMax;
}
