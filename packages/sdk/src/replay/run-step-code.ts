import type { EpochMs, LogLine, Op, OpBase } from "@stepwell/protocol";
import type { RetryDelay } from "../errors/retry-delay.ts";
import type { ExecutionHooks, ExecutionRequest } from "./execution-request.ts";
import type { FoundStep } from "./found-step.ts";
import type { Life } from "./life.ts";
import { recordedInput } from "./recorded-input.ts";
import { encodeResult } from "./rich-value.ts";
import { failedOp } from "./step-ops.ts";

export interface StepRun {
  readonly request: ExecutionRequest;
  readonly hooks: ExecutionHooks;
  readonly life: Life | undefined;
  readonly delay: RetryDelay | undefined;
  readonly now: () => number;
  readonly race: boolean;
}

/** What became of a step's code: what is recorded, and of a success what the function gets. */
export interface StepRan {
  readonly op: Op;
  readonly value?: unknown;
}

/** Runs the code of a step. It never rejects: what user code does is an op. */
export async function runStepCode(step: FoundStep, run: StepRun): Promise<StepRan> {
  const { call, hashed, memo } = step;
  const { work } = call;
  const { request, hooks, life, now } = run;
  const startedAt = now() as EpochMs;
  hooks.onRun?.(call);
  try {
    if (work.kind !== "run") throw new TypeError("only code can be run");
    const input = memo?.kind === "input" ? memo.input : work.input;
    const returned = await (life === undefined ? work.body(input, hashed) : life.runStep(step, () => work.body(input, hashed)));
    const { text, types, value } = encodeResult(returned, call.id, request.isOwnServer);
    const base = timedBase(step, run, startedAt, life?.endStep(step));
    const op: Op = types === undefined ? { ...base, kind: "StepRun", data: text } : { ...base, kind: "StepRun", data: text, types };
    return { op, value };
  } catch (error) {
    const base = timedBase(step, run, startedAt, life?.endStep(step));
    return { op: failedOp(base, error, { request, delay: run.delay, now: now() }) };
  } finally {
    hooks.onRun?.(undefined);
  }
}

function timedBase(step: FoundStep, { race, now }: StepRun, startedAt: EpochMs, logs: readonly LogLine[] | undefined): OpBase {
  const { call, hashed } = step;
  const base = { id: hashed, name: call.name, stepType: call.type, race, startedAt, durationMs: now() - startedAt };
  const input = recordedInput(step);
  if (input === undefined) return logs === undefined ? base : { ...base, logs };
  return logs === undefined ? { ...base, input } : { ...base, input, logs };
}
