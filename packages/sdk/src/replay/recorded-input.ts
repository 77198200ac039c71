import { type JsonText, stepInputBytesMax } from "@stepwell/protocol";
import type { FoundStep } from "./found-step.ts";
import { plainText } from "./plain-text.ts";

/**
 * The arguments that a step's code is called with, as they are recorded for whoever looks at the run or repeats it. What JSON
 * cannot hold, or is long, is not: the step runs all the same, and arguments may be connections or whole documents.
 */
export function recordedInput({ call: { work }, memo }: Pick<FoundStep, "call" | "memo">): JsonText | undefined {
  if (work.kind !== "run" || work.isSecret === true) return undefined;
  const input = memo?.kind === "input" ? memo.input : work.input;
  if (input.length === 0) return undefined;
  try {
    const text = plainText(input, "");
    return text.length > stepInputBytesMax ? undefined : text;
  } catch {
    return undefined; // It has a part of itself within it, or a member that throws when it is read.
  }
}
