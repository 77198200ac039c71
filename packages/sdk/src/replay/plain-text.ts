import { type JsonText, StepwellError } from "@stepwell/protocol";

/** The JSON of a value, with big integers as text. What JSON cannot hold at all is refused, with its place. */
export function plainText(value: unknown, what: string): JsonText {
  if (typeof value === "function" || typeof value === "symbol") throw notSerializable(what, `it is a ${typeof value}`);
  try {
    return textOf(value);
  } catch (error) {
    throw notSerializable(what, whyNot(error), error);
  }
}

/** A replacer makes JSON.stringify several times slower, so it has one only where it says itself that there is a big integer. */
function textOf(value: unknown): JsonText {
  try {
    return (JSON.stringify(value) ?? "null") as JsonText;
  } catch (error) {
    if (!String(error).includes("BigInt")) throw error;
    return (JSON.stringify(value, bigIntAsText) ?? "null") as JsonText;
  }
}

/** Each engine has a sentence of its own for it. */
export function whyNot(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return /circular|cyclic/i.test(line) ? containsItself : line;
}

export const containsItself = "it contains itself";

function bigIntAsText(_: string, member: unknown): unknown {
  return typeof member === "bigint" ? member.toString() : member;
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
