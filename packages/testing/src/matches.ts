import { isDeepStrictEqual } from "node:util";

/** Whether the value has at least what is expected: of objects each named member, of everything else the same. */
export function matches(actual: unknown, expected: unknown): boolean {
  if (!isPlain(expected)) return isDeepStrictEqual(actual, expected);
  return isPlain(actual) && Object.entries(expected).every(([key, value]) => matches(actual[key], value));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
