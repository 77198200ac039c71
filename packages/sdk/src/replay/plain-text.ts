import { type JsonText, StepwellError } from "@stepwell/protocol";
import { isPlain } from "../errors/is-plain.ts";

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
  if (typeof value !== "object" || value === null || depth > jsonDepthMax) return false;
  return Object.values(value).some((member) => hasBigInt(member, depth + 1));
}

export function notSerializable(what: string, why: string, cause?: unknown): StepwellError {
  return new StepwellError("result_not_serializable", `${what} returned a value that cannot be recorded: ${why}`, {
    retryable: false,
    cause,
    advice: "Return plain data: objects, lists, text, numbers, dates, maps and sets.",
  });
}

/** As deep as a server takes JSON. */
export const jsonDepthMax = 500;
