import type { JsonText, Op, OpBase } from "@stepwell/protocol";
import { serializeError } from "../errors/serialize-error.ts";
import type { NextAttempt } from "./next-attempt.ts";

/** The op of a step whose code threw. */
export function failedOp(base: OpBase, thrown: unknown, retry: NextAttempt, isSecret: boolean): Op {
  const error = serializeError(thrown, 0, !isSecret);
  const { name, message, stack } = error;
  const value = { name, message, stack, json: JSON.stringify({ ...error, data: null }) as JsonText };
  if (retry === "never") return { kind: "StepFailed", ...base, error: value };
  return { kind: "StepError", ...base, error: value, ...(retry === undefined ? {} : { retryAfterMs: retry }) };
}
