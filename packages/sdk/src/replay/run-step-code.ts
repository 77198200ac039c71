import type { EpochMs, LogLine, Op, OpBase } from "@stepwell/protocol";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { EncodedStep } from "./encoded-step.ts";
import type { ExecutionHooks, ExecutionRequest } from "./execution-request.ts";
import type { FoundStep } from "./found-step.ts";
import { knownParts, loadParts } from "./known-parts.ts";
import type { Life } from "./life.ts";
import { recordedInput } from "./recorded-input.ts";
import { encodeResult } from "./rich-value.ts";

export interface StepRun {
  readonly request: ExecutionRequest;
  readonly hooks: ExecutionHooks;
  readonly life: Life | undefined;
  readonly retried: StepwellFunction | undefined;
  readonly now: () => number;
  readonly race: boolean;
}

/** What became of a step's code: what is recorded, and of a success what the function gets. */
export interface StepRan {
  readonly op: Op;
  readonly value?: unknown;
}

/** Who is told; a fault is one of whoever is. */
export interface StepRanTaker {
  stepRan(step: FoundStep, ran: StepRan): void;
  fault(error: unknown): void;
}

/** Runs the code of a step. What user code does is an op. Code that waits for nothing is done at once. */
export function runStepCode(step: FoundStep, run: StepRun, taker: StepRanTaker): void {
  const startedAt = run.now() as EpochMs;
  run.hooks.onRun?.(step.call);
  let returned: unknown;
  let takesTime: boolean;
  try {
    returned = callCode(step, run.life);
    takesTime = isThenable(returned);
  } catch (error) {
    return end({ step, run, taker, startedAt, of: failed }, error);
  }
  const ended: Ended = { step, run, taker, startedAt, of: succeeded };
  if (takesTime) follow(ended, returned);
  else end(ended, returned);
}

/** Code that is over, and what is made of what it gave. */
interface Ended {
  readonly step: FoundStep;
  readonly run: StepRun;
  readonly taker: StepRanTaker;
  readonly startedAt: EpochMs;
  /** `undefined`: once what it needs is loaded. */
  readonly of: (step: FoundStep, run: StepRun, startedAt: EpochMs, value: unknown) => StepRan | undefined;
}

function follow(ended: Ended, returned: unknown): void {
  Promise.resolve(returned)
    .then(
      (value) => end(ended, value),
      (error: unknown) => end({ ...ended, of: failed }, error),
    )
    .catch((error: unknown) => ended.taker.fault(error));
}

function end(ended: Ended, value: unknown): void {
  const ran = ended.of(ended.step, ended.run, ended.startedAt, value);
  if (ran === undefined) endLater(ended, value);
  else ended.taker.stepRan(ended.step, ran);
}

/** As if its code had taken so much longer. */
function endLater(ended: Ended, value: unknown): void {
  loadParts()
    .then(() => end(ended, value))
    .catch((error: unknown) => ended.taker.fault(error));
}

function callCode(step: FoundStep, life: Life | undefined): unknown {
  const { call, hashed, memo } = step;
  const { work } = call;
  if (work.kind !== "run") throw new TypeError("only code can be run");
  const input = memo?.kind === "input" ? memo.input : work.input;
  return life === undefined ? work.body(input, hashed) : life.runStep(step, work.body, input);
}

function isThenable(value: unknown): boolean {
  return ((typeof value === "object" && value !== null) || typeof value === "function") && "then" in value;
}

/** `undefined`: once what it needs is loaded. */
function succeeded(step: FoundStep, run: StepRun, startedAt: EpochMs, returned: unknown): StepRan | undefined {
  try {
    const encoded = returned instanceof EncodedStep ? returned.result : encodeResult(returned, step.call.id, run.request.isOwnServer);
    if (encoded === undefined) return undefined;
    const { text, types, value, warning } = encoded;
    if (warning !== undefined) run.life?.warn(warning);
    const base = timedBase(step, run, startedAt, run.life?.endStep(step));
    const op: Op = types === undefined ? { ...base, kind: "StepRun", data: text } : { ...base, kind: "StepRun", data: text, types };
    run.hooks.onRun?.(undefined);
    return { op, value };
  } catch (error) {
    return failed(step, run, startedAt, error);
  }
}

/** As of a success. */
function failed(step: FoundStep, run: StepRun, startedAt: EpochMs, error: unknown): StepRan | undefined {
  const parts = knownParts();
  if (parts === undefined) return undefined;
  const { hooks, life } = run;
  const { work } = step.call;
  // What is to be said of it is said by the step.
  const retry = parts.nextAttempt(error, run);
  const base = timedBase(step, run, startedAt, life?.endStep(step));
  hooks.onRun?.(undefined);
  return { op: parts.failedOp(base, error, retry, work.kind === "run" && work.isSecret === true) };
}

function timedBase(step: FoundStep, { race, now }: StepRun, startedAt: EpochMs, logs: readonly LogLine[] | undefined): OpBase {
  const { call, hashed } = step;
  const base = { id: hashed, name: call.name, stepType: call.type, race, startedAt, durationMs: now() - startedAt };
  const input = recordedInput(step);
  if (input === undefined) return logs === undefined ? base : { ...base, logs };
  return logs === undefined ? { ...base, input } : { ...base, input, logs };
}
