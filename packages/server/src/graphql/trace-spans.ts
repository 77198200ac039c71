// A run, its steps and its attempts as the spans of the public server's trace. Pure: rows in, spans out.

import { isObject, parseJson, type RunId, type StepId, sha1Hex } from "@stepwell/protocol";
import type { AttemptReport, RunReport, StepReport } from "@stepwell/store";
import { writeOutputId } from "./output-id.ts";

export type SpanStatus = "QUEUED" | "RUNNING" | "WAITING" | "COMPLETED" | "FAILED" | "CANCELLED" | "SKIPPED";

export interface TraceSpan {
  readonly spanId: string;
  readonly name: string;
  readonly status: SpanStatus;
  readonly attempts: number;
  readonly outputId: string | undefined;
  readonly queuedAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly step: StepReport | undefined;
  readonly stepOp: string | undefined;
  readonly stepType: string | undefined;
  readonly httpStatus: number | undefined;
  readonly children: readonly TraceSpan[];
}

/** A span with what stands around it. */
export interface SpanOfRun {
  readonly run: RunReport;
  readonly span: TraceSpan;
  readonly parent?: SpanOfRun;
}

export interface TraceRows {
  readonly run: RunReport;
  /** As people see it, the computed ones as `RUNNING`. */
  readonly status: SpanStatus;
  readonly steps: readonly StepReport[];
  readonly attempts: readonly AttemptReport[];
}

export function traceIdOf(runId: RunId): string {
  return sha1Hex(runId).slice(0, 32);
}

/** The span of the run, with one for each step in the order of their start, and one for its end. */
export function runSpan({ run, status, steps, attempts }: TraceRows): TraceSpan {
  const spanId = spanIdOf(run.id, "run");
  const children = steps
    .filter(({ state }) => state !== "reported")
    .map((step) => stepSpan(run, step, attemptsOf(attempts, step.stepId)))
    .sort((one, other) => (one.startedAt ?? Number.MAX_SAFE_INTEGER) - (other.startedAt ?? Number.MAX_SAFE_INTEGER));
  const end = endSpan(run, attemptsOf(attempts, undefined), children.at(-1)?.endedAt);
  return {
    ...emptySpan,
    spanId,
    name: "Run",
    status,
    outputId: hasOutput(run) ? writeOutputId({ runId: run.id }) : undefined,
    queuedAt: run.queuedAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    children: end === undefined ? children : [...children, end],
  };
}

const emptySpan = {
  attempts: 0,
  outputId: undefined,
  queuedAt: undefined,
  startedAt: undefined,
  endedAt: undefined,
  step: undefined,
  stepOp: undefined,
  stepType: undefined,
  httpStatus: undefined,
  children: [],
} as const;

const opNames: Readonly<Record<string, string>> = {
  Step: "RUN",
  StepRun: "RUN",
  StepError: "RUN",
  StepFailed: "RUN",
  StepPlanned: "RUN",
  Sleep: "SLEEP",
  InvokeFunction: "INVOKE",
  WaitForEvent: "WAIT_FOR_EVENT",
  WaitForSignal: "WAIT_FOR_SIGNAL",
  AIGateway: "AI_GATEWAY",
  Gateway: "GATEWAY",
};

function stepSpan(run: RunReport, step: StepReport, failures: readonly AttemptReport[]): TraceSpan {
  const spanId = spanIdOf(run.id, step.stepId);
  const isSettled = step.state === "completed" || step.state === "failed";
  const status = stepStatus(step, run.endedAt !== undefined, failures.length > 0);
  const stepOp = opNames[step.op];
  const last = isSettled ? [lastAttempt(run, step, failures)] : [];
  const tries = [...failures.map((failure) => failedAttempt(run, step.stepId, failure)), ...last];
  return {
    ...emptySpan,
    spanId,
    name: step.name,
    status,
    attempts: tries.length === 0 ? 0 : isSettled ? Math.max(step.attempt, tries.length - 1) : (failures.at(-1)?.attempt ?? 0),
    outputId: isSettled && step.op !== "Sleep" ? writeOutputId({ runId: run.id, stepId: step.stepId }) : undefined,
    queuedAt: step.startedAt,
    startedAt: failures[0]?.startedAt ?? step.startedAt,
    endedAt: step.endedAt ?? (status === "CANCELLED" ? run.endedAt : undefined),
    step,
    stepOp,
    stepType: step.stepType ?? stepOp,
    // One attempt that went well says nothing that the step does not.
    children: tries.length === 1 && status === "COMPLETED" ? [] : stepOp === "RUN" ? tries : [],
  };
}

function stepStatus({ state }: StepReport, isOver: boolean, hasFailed: boolean): SpanStatus {
  switch (state) {
    case "completed":
      return "COMPLETED";
    case "failed":
      return "FAILED";
    case "dropped":
      return "CANCELLED";
    default:
      if (isOver) return "CANCELLED";
      return state === "planned" ? (hasFailed ? "RUNNING" : "QUEUED") : "WAITING";
  }
}

/** The attempt that settled a step; it has no row of its own. */
function lastAttempt(run: RunReport, step: StepReport, failures: readonly AttemptReport[]): TraceSpan {
  const number = Math.max(step.attempt, failures.length);
  return {
    ...emptySpan,
    spanId: spanIdOf(run.id, `${step.stepId}#${number}`),
    name: `Attempt ${number}`,
    status: step.state === "failed" ? "FAILED" : "COMPLETED",
    attempts: number,
    outputId: writeOutputId({ runId: run.id, stepId: step.stepId }),
    queuedAt: step.startedAt,
    startedAt: step.startedAt,
    endedAt: step.endedAt,
    step,
    stepOp: "RUN",
    stepType: step.stepType ?? "RUN",
  };
}

function failedAttempt(run: RunReport, stepId: StepId | undefined, failure: AttemptReport): TraceSpan {
  const of = stepId === undefined ? "end" : stepId;
  return {
    ...emptySpan,
    spanId: spanIdOf(run.id, `${of}#${failure.attempt}`),
    name: `Attempt ${failure.attempt}`,
    status: "FAILED",
    attempts: failure.attempt,
    outputId: writeOutputId({ runId: run.id, ...(stepId === undefined ? {} : { stepId }), attempt: failure.attempt }),
    queuedAt: failure.startedAt,
    startedAt: failure.startedAt,
    endedAt: failure.endedAt,
    stepOp: stepId === undefined ? undefined : "RUN",
    httpStatus: failure.httpStatus,
  };
}

/** What became of the function itself, when it came to an end by itself. */
function endSpan(run: RunReport, failures: readonly AttemptReport[], lastStepEndedAt: number | undefined): TraceSpan | undefined {
  if (run.status !== "completed" && run.status !== "failed") return undefined;
  const spanId = spanIdOf(run.id, "end");
  const tries = failures.map((failure) => failedAttempt(run, undefined, failure));
  const isCompleted = run.status === "completed";
  const startedAt = failures[0]?.startedAt ?? lastStepEndedAt ?? run.startedAt;
  const outputId = hasOutput(run) ? writeOutputId({ runId: run.id }) : undefined;
  const last = { ...emptySpan, spanId: spanIdOf(run.id, `end#${failures.length}`), outputId };
  const number = failures.length;
  const all: readonly TraceSpan[] = isCompleted
    ? [...tries, { ...last, name: `Attempt ${number}`, status: "COMPLETED", attempts: number, startedAt, endedAt: run.endedAt }]
    : tries;
  return {
    ...emptySpan,
    spanId,
    name: "Finalization",
    status: isCompleted ? "COMPLETED" : "FAILED",
    attempts: Math.max(0, all.length - 1),
    outputId,
    queuedAt: startedAt,
    startedAt,
    endedAt: run.endedAt,
    stepType: "FINALIZATION",
    httpStatus: failures.at(-1)?.httpStatus,
    children: all.length === 1 && isCompleted ? [] : all,
  };
}

function hasOutput(run: RunReport): boolean {
  return run.status === "completed" || run.status === "failed";
}

function attemptsOf(attempts: readonly AttemptReport[], stepId: StepId | undefined): readonly AttemptReport[] {
  return attempts.filter((attempt) => attempt.stepId === stepId && attempt.errorCode !== undefined);
}

/** The same for the same thing, whoever asks. */
function spanIdOf(runId: RunId, of: string): string {
  return sha1Hex(`${runId} ${of}`).slice(0, 16);
}

/** Whether a step that failed did so because its time was over. */
export function hasTimedOut(step: StepReport): boolean {
  if (step.state === "completed") return step.memo === "null";
  const error = step.memo === undefined ? undefined : parseJson(step.memo);
  const value = isObject(error) ? error["error"] : undefined;
  return step.state === "failed" && isObject(value) && value["name"] === "InngestInvokeTimeoutError";
}
