import { readFileSync } from "node:fs";
import { isObject, type JsonObject, parseDate, parseJson } from "@stepwell/protocol";
import { convertFlag } from "./convert-flag.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";

/**
 * A JSON object as it is typed, of a file (`@path`) or of standard input (`@-`).
 *
 * @throws {CommandError} It is none.
 */
export function readObject(text: string, what: string): JsonObject {
  const value = parseJson(sourceOf(text, what));
  if (isObject(value)) return value;
  throw usageError(`${what} is not a JSON object`, ['e.g. \'{"orderId":"A-1"}\', @file.json, or @- for standard input']);
}

/**
 * Any JSON value, in the same ways.
 *
 * @throws {CommandError} It is none.
 */
export function readJson(text: string, what: string): unknown {
  const value = parseJson(sourceOf(text, what));
  if (value !== undefined) return value;
  throw usageError(`${what} is not JSON`, ["e.g. '[1]', @file.json, or @- for standard input"]);
}

function sourceOf(text: string, what: string): string {
  return text.startsWith("@") ? readSource(text.slice(1), what) : text;
}

function readSource(path: string, what: string): string {
  try {
    return readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    throw usageError(`${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** An instant, or `+duration` from now. */
export function readTime(text: string, now: number): number {
  if (text.startsWith("+")) return now + Number(convertFlag({ name: "at", type: "duration", help: "" }, text.slice(1), "--at"));
  const at = parseDate(text);
  if (at === undefined) throw usageError(`"${text}" is no time`, ["e.g. --at 2026-12-24T18:00:00Z, or --at +10m"]);
  return at;
}

export function usageError(message: string, details: readonly string[] = []): CommandError {
  return new CommandError(exitCodes.usage, "usage", message, details);
}
