import type { JsonText, Op, OpBase, StepId } from "@stepwell/protocol";
import { RUN_COMPLETE_ID, StepwellError } from "@stepwell/protocol";
import { isNonRetriable } from "../errors/is-non-retriable.ts";
import type { RetryDelay } from "../errors/retry-delay.ts";
import { retryTimeOf } from "../errors/retry-time-of.ts";
import { serializeError } from "../errors/serialize-error.ts";
import type { ExecutionRequest } from "./execution-request.ts";
import type { FoundStep } from "./found-step.ts";
import type { Life } from "./life.ts";
import { recordedInput } from "./recorded-input.ts";

function opBase(step: FoundStep, race: boolean): OpBase {
  const { call, hashed } = step;
  const base = { id: hashed, name: call.name, stepType: call.type, race };
  const input = recordedInput(step);
  return input === undefined ? base : { ...base, input };
}

/** The op of a step that has no result yet. */
export function reportOp(step: FoundStep, race: boolean): Op {
  const { work } = step.call;
  return work.kind === "run" ? { kind: "StepPlanned", ...opBase(step, race) } : work.op(opBase(step, race), work.input ?? []);
}

/** Calls off what the losers of races wait for. */
export function cancelOp(ids: readonly StepId[]): Op {
  return { kind: "StepCancel", id: ids[0] ?? RUN_COMPLETE_ID, name: "cancel", race: false, ids };
}

export interface RetryContext {
  readonly request: ExecutionRequest;
  readonly delay: RetryDelay | undefined;
  readonly now: number;
  readonly life: Pick<Life, "warn"> | undefined;
}

/** The op of a step whose code threw. */
export function failedOp(base: OpBase, thrown: unknown, retry: NextAttempt, isSecret: boolean): Op {
  const error = serializeError(thrown, 0, !isSecret);
  const { name, message, stack } = error;
  const value = { name, message, stack, json: JSON.stringify({ ...error, data: null }) as JsonText };
  if (retry === "never") return { kind: "StepFailed", ...base, error: value };
  return { kind: "StepError", ...base, error: value, ...(retry === undefined ? {} : { retryAfterMs: retry }) };
}

/** When what failed is tried again, in ms; `undefined`: when the server likes. */
export type NextAttempt = number | "never" | undefined;

export function nextAttempt(error: unknown, { request, delay, now, life }: RetryContext): NextAttempt {
  if (isNonRetriable(error) || request.attempt + 1 >= request.maxAttempts) return "never";
  const asked = retryTimeOf(error, now);
  if (asked !== undefined || delay === undefined) return asked;
  try {
    const ms = delay(request.attempt + 1, error);
    if (ms === false) return "never";
    // A random part, or a strategy of the user's, seldom ends on a whole millisecond.
    return ms === undefined ? undefined : Math.ceil(ms);
  } catch (failure) {
    // What failed is to be heard of, and not what would have said when to try again.
    life?.warn(`stepwell: ${textOf(failure)}. The next attempt is made when the server says.`);
    return undefined;
  }
}

function textOf(failure: unknown): string {
  return StepwellError.is(failure) ? `${failure.message}. ${failure.advice} (${failure.code})` : String(failure);
}
