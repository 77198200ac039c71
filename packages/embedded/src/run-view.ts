// A run and its steps as code reads them: values instead of JSON text, statuses as people see them.

import type { Engine, RunPhase } from "@stepwell/engine";
import { asJson, isObject, type JsonText, memoWithoutTypes, parseJson, parseRunError } from "@stepwell/protocol";
import type { RunReport, StepReport } from "@stepwell/store";

/**
 * A run as it is read.
 *
 * @typeParam Output - What is left of the function's result as JSON, where the function is known. Middleware may have made
 *   something else of it.
 */
export interface RunView<Output = unknown> {
  readonly id: string;
  /** `<app>-<function>`. */
  readonly functionSlug: string;
  readonly functionName: string;
  readonly appId: string;
  readonly status: RunPhase["status"];
  /** Why it does not move: what it waits for, and until when. */
  readonly reason?: RunPhase["reason"];
  /** What the function returned. */
  readonly output?: Output;
  /** Why it failed. */
  readonly error?: ErrorView;
  readonly cancelReason?: string;
  /** Epoch milliseconds of engine time, like all times here. */
  readonly queuedAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Of the event that started it. */
  readonly eventId?: string;
  readonly eventName?: string;
  /** The run that invoked it. */
  readonly parentRunId?: string;
}

/** The id of a run that was started by its function, so that it is known what it returns. */
export type StartedRunId<Output> = string & { readonly "~output"?: Output };

export interface ErrorView {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
}

/** `retrying`: it failed and is tried again; told where somebody watches the run, as the test kit does. */
export type StepState = StepReport["state"] | "retrying";

export interface StepView {
  /** Hashed, as it is stored. */
  readonly id: string;
  /** What people see: the step's own id, unless it has another name. */
  readonly name: string;
  /** `step.run`, `step.sleep`, `step.waitForEvent` …, or what the app called it. */
  readonly type: string;
  readonly state: StepState;
  /** The arguments of its code, where it has any. */
  readonly input?: readonly unknown[];
  /** What it returned; `null` of a wait that timed out. */
  readonly output?: unknown;
  readonly error?: ErrorView;
  /** From 0: how often it had failed before. */
  readonly attempt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** When a sleep or a wait is over. */
  readonly dueAt?: number;
}

export function runView(run: RunReport, phaseOf: Engine["phaseOf"]): RunView {
  const { status, reason } = phaseOf(run);
  return {
    id: run.id,
    functionSlug: run.functionSlug,
    functionName: run.functionName,
    appId: run.appName,
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(run.output === undefined ? {} : { output: parseJson(run.output) }),
    ...(run.error === undefined ? {} : { error: errorView(run.error) }),
    ...(run.cancelReason === undefined ? {} : { cancelReason: run.cancelReason }),
    queuedAt: run.queuedAt,
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt }),
    ...(run.endedAt === undefined ? {} : { endedAt: run.endedAt }),
    ...(run.eventId === undefined ? {} : { eventId: run.eventId }),
    ...(run.eventName === undefined ? {} : { eventName: run.eventName }),
    ...(run.parent === undefined ? {} : { parentRunId: run.parent.runId }),
  };
}

export function stepView(step: StepReport): StepView {
  const memo = step.memo === undefined ? undefined : memoView(step.memo, step.state);
  const dueAt = step.dueAt ?? step.waitsFor?.until;
  return {
    id: step.stepId,
    name: step.name,
    type: step.stepType ?? toolOfOp[step.op] ?? step.op,
    state: step.state,
    ...(step.input === undefined ? {} : { input: parseJson(step.input) as readonly unknown[] }),
    ...memo,
    attempt: step.attempt,
    ...(step.startedAt === undefined ? {} : { startedAt: step.startedAt }),
    ...(step.endedAt === undefined ? {} : { endedAt: step.endedAt }),
    ...(dueAt === undefined ? {} : { dueAt }),
  };
}

const toolOfOp: Readonly<Record<string, string>> = {
  StepRun: "step.run",
  StepPlanned: "step.run",
  Step: "step.run",
  Sleep: "step.sleep",
  WaitForEvent: "step.waitForEvent",
  WaitForSignal: "step.waitForSignal",
  InvokeFunction: "step.invoke",
  Gateway: "step.fetch",
  AIGateway: "step.ai.infer",
};

/** A memo wraps what a step gave, or why it failed; that of a wait is the thing itself. */
function memoView(memo: JsonText, state: StepReport["state"]): Pick<StepView, "output" | "error"> {
  // What stands beside the data says what its parts were; people look at plain JSON.
  const value = parseJson(memoWithoutTypes(memo));
  if (state === "failed") return { error: errorView(asJson(isObject(value) ? value["error"] : value)) };
  return { output: isObject(value) && Object.hasOwn(value, "data") && Object.keys(value).length === 1 ? value["data"] : value };
}

export function errorView(text: JsonText): ErrorView {
  const { name, message, stack, code } = parseRunError(text);
  return { name, message, ...(stack === undefined ? {} : { stack }), ...(code === undefined ? {} : { code }) };
}
