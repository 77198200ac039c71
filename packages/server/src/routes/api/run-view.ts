// A run, its steps and its attempts in the shapes of our own API. Pure: rows in, JSON out.

import type { RunKey, RunPhase } from "@stepwell/engine";
import { asJson, isObject, type JsonText, memoWithoutTypes, parseJson, parseRunError, systemEvents, utf8Bytes } from "@stepwell/protocol";
import { type AttemptReport, constraintsOf, type LogCount, type RunReport, type StepReport } from "@stepwell/store";
import { runHint } from "../../run-hints.ts";

const previewLengthMax = 160;

export function runListItem(run: RunReport, phase: RunPhase, maxAttempts: number): Record<string, unknown> {
  const error = run.error === undefined ? null : parseRunError(run.error);
  const endedAt = run.endedAt ?? null;
  const delayMs = run.startedAt === undefined ? null : run.startedAt - run.queuedAt;
  return {
    id: run.id,
    status: phase.status,
    statusReason:
      phase.reason === undefined
        ? null
        : {
            code: phase.reason.code,
            text: phase.reason.text,
            until: iso(phase.reason.until),
            stepId: phase.reason.stepId ?? null,
            key: keyOf(run, phase),
          },
    function: { slug: run.functionSlug, name: run.functionName, appId: run.appName },
    trigger: {
      kind: triggerKind(run),
      name: run.eventName ?? null,
      eventId: run.eventId ?? null,
      count: run.eventCount,
      cron: run.cron ?? null,
      parentRunId: run.parent?.runId ?? null,
    },
    queuedAt: iso(run.queuedAt),
    startedAt: iso(run.startedAt),
    endedAt: iso(run.endedAt),
    delayMs,
    durationMs: endedAt === null ? null : endedAt - run.queuedAt,
    steps: {
      known: run.stepsKnown,
      done: run.stepsSettled,
      failed: run.stepsFailed,
      live: endedAt === null ? run.stepsKnown - run.stepsSettled : 0,
    },
    attempt: { current: run.attempt + 1, max: maxAttempts },
    error: error === null ? null : { name: error.name, message: error.message, code: error.code ?? null, hint: runHint(error.code) },
    warnings: run.warnings === undefined ? [] : parseJson(run.warnings),
    lineage: {
      parentRunId: run.parent?.runId ?? null,
      parentStepId: run.parent?.stepId ?? null,
      rerunOf: run.rerun?.of ?? null,
      fromStep: run.rerun?.fromStep ?? null,
      rerunName: run.rerun?.name ?? null,
      operationId: null,
      children: run.childCount,
    },
    failure: run.failure === undefined ? null : { fingerprint: run.failure.fingerprint, redrivenAs: run.failure.redrivenAs ?? null },
    preview: { output: run.output === undefined ? null : run.output.slice(0, previewLengthMax) },
  };
}

/** What of several it waits for is the answer to "why?": here is the key of a run that has one. */
function keyOf({ laneKey = "" }: RunReport, { reason }: RunPhase): string | null {
  if (reason?.code !== "queue" && reason?.code !== "circuit_open") return null;
  const [key, ...others] = new Set(constraintsOf(laneKey).map(([, value]) => value));
  return key === undefined || others.length > 0 ? null : key;
}

function triggerKind({ origin, eventName }: RunReport): string {
  if (eventName === systemEvents.scheduled) return "cron";
  return origin === "invoke" || eventName === systemEvents.invoked ? "invoke" : "event";
}

export function runDetail(
  run: RunReport,
  phase: RunPhase,
  maxAttempts: number,
  { input, keys }: { readonly input: JsonText | undefined; readonly keys: readonly RunKey[] },
): Record<string, unknown> {
  const error = run.error === undefined ? null : parseRunError(run.error);
  const isOver = run.endedAt !== undefined;
  return {
    ...runListItem(run, phase, maxAttempts),
    input: payload(input),
    output: payload(run.output),
    error:
      error === null
        ? null
        : {
            name: error.name,
            message: error.message,
            code: error.code ?? null,
            hint: runHint(error.code),
            raw: error.stack ?? null,
            cause: error.cause === undefined ? null : parseJson(error.cause),
          },
    cancelReason: run.cancelReason ?? null,
    keys,
    can: {
      cancel: isOver ? { ok: false, why: "already_ended" } : { ok: true },
      rerun: run.functionArchivedAt === undefined ? { ok: true } : { ok: false, why: "function_not_found" },
    },
  };
}

function payload(text: JsonText | undefined): unknown {
  return text === undefined ? null : { encoding: "json", bytes: utf8Bytes(text), value: parseJson(text) };
}

const kindOfOp: Readonly<Record<string, string>> = {
  StepRun: "step.run",
  Step: "step.run",
  StepError: "step.run",
  StepFailed: "step.run",
  Sleep: "step.sleep",
  WaitForEvent: "step.waitForEvent",
  WaitForSignal: "step.waitForSignal",
  InvokeFunction: "step.invoke",
  Gateway: "step.fetch",
  AIGateway: "step.ai",
};

/** While a step of these is open, nothing of the run's own goes on. */
const waitOps: ReadonlySet<string> = new Set(["WaitForEvent", "WaitForSignal", "InvokeFunction"]);

/** The trace: one span for the run, one for each step, in the order of their start; offsets in ms from the origin. */
export function runTrace(
  run: RunReport,
  {
    steps,
    attempts,
    logs,
  }: { readonly steps: readonly StepReport[]; readonly attempts: readonly AttemptReport[]; readonly logs: readonly LogCount[] },
  now: number,
): Record<string, unknown> {
  const origin = run.queuedAt;
  const end = run.endedAt === undefined ? null : run.endedAt - origin;
  const root = {
    id: "run",
    parent: null,
    kind: "run",
    name: run.functionName,
    status: run.status,
    queued: 0,
    start: run.startedAt === undefined ? null : run.startedAt - origin,
    end,
    tries: triesOf(attempts, undefined, origin),
  };
  const spans = steps
    .map((step) => ({ ...stepSpan(step, attempts, origin, run.endedAt !== undefined), logs: linesOf(logs, step.stepId) }))
    .sort((one, other) => (one.start ?? Number.MAX_SAFE_INTEGER) - (other.start ?? Number.MAX_SAFE_INTEGER));
  const injected = attempts.filter((attempt) => attempt.injected !== undefined).length;
  const failedSteps = steps.filter(({ state }) => state === "failed").length;
  return {
    runId: run.id,
    origin: iso(origin),
    now: iso(now),
    live: run.endedAt === undefined,
    counts: {
      spans: spans.length + 1,
      steps: steps.length,
      attempts: attempts.filter(isFailed).length + steps.filter(isSettled).length,
      failedSteps,
      children: run.childCount,
      ...(injected === 0 ? {} : { injected }),
      logs: logs.reduce((sum, { lines }) => sum + lines, 0),
    },
    totals: {
      wallMs: (run.endedAt ?? now) - origin,
      sleepMs: sumOf(steps.filter(({ op }) => op === "Sleep")),
      waitMs: sumOf(steps.filter(({ op }) => waitOps.has(op))),
      activeMs: sumOf(steps.filter(({ op }) => op !== "Sleep" && !waitOps.has(op))),
    },
    window: { from: 0, to: spans.length + 1, complete: true },
    spans: [root, ...spans],
    next: null,
  };
}

function stepSpan(
  step: StepReport,
  attempts: readonly AttemptReport[],
  origin: number,
  isOver: boolean,
): { readonly start: number | null } & Record<string, unknown> {
  const tries = triesOf(attempts, step.stepId, origin);
  const failure = step.state === "failed" && step.memo !== undefined ? parseJson(step.memo) : undefined;
  return {
    id: step.stepId,
    parent: "run",
    kind: step.stepType ?? kindOfOp[step.op] ?? step.op,
    name: step.name,
    status: statusOf(step, isOver),
    start: step.startedAt === undefined ? null : step.startedAt - origin,
    end: step.endedAt === undefined ? null : step.endedAt - origin,
    ...untilOf(step, origin),
    ...waitOf(step),
    attempts: Math.max(attempts.filter((each) => each.stepId === step.stepId && isFailed(each)).length + (isSettled(step) ? 1 : 0), 1),
    ...(tries.length === 0 ? {} : { tries }),
    ...(step.group === undefined ? {} : { group: step.group }),
    ...(isObject(failure) ? { error: failure["error"] } : {}),
  };
}

/** One step with what it was called with and what it gave. */
export function stepDetail(run: RunReport, step: StepReport, attempts: readonly AttemptReport[]): Record<string, unknown> {
  const memo = step.memo === undefined ? undefined : parseJson(memoWithoutTypes(step.memo));
  const isWrapped = isObject(memo) && Object.hasOwn(memo, "data") && Object.keys(memo).length === 1;
  const output = step.memo === undefined || step.state === "failed" ? undefined : asJson(isWrapped ? memo["data"] : memo);
  const { error = null, ...span } = stepSpan(step, attempts, run.queuedAt, run.endedAt !== undefined) as Record<string, unknown>;
  return { ...span, input: payload(step.input), output: payload(output), error };
}

function linesOf(logs: readonly LogCount[], stepId: string): number {
  let sum = 0;
  for (const count of logs) if (count.stepId === stepId) sum += count.lines;
  return sum;
}

function untilOf({ dueAt, waitsFor }: StepReport, origin: number): { readonly until?: number } {
  const until = dueAt ?? waitsFor?.until;
  return until === undefined ? {} : { until: until - origin };
}

/** What it waits for, what ended its wait, and the run it invoked. */
function waitOf({ waitsFor, child, eventId }: StepReport): Record<string, unknown> {
  return {
    ...(waitsFor === undefined
      ? {}
      : { wait: { [waitNames[waitsFor.kind]]: waitsFor.name, ...(waitsFor.expression === undefined ? {} : { if: waitsFor.expression }) } }),
    ...(eventId === undefined ? {} : { eventId }),
    ...(child === undefined ? {} : { child: { runId: child.runId, function: child.functionSlug, status: child.status } }),
  };
}

const waitNames = { event: "event", signal: "signal", invoke: "function" } as const;

function statusOf(step: StepReport, isOver: boolean): string {
  if (isSettled(step)) return step.kept ?? step.state;
  if (step.state === "dropped") return "cancelled";
  if (isOver) return "cancelled";
  return step.state === "sleeping" ? "sleeping" : step.state === "planned" ? "queued" : "waiting";
}

function isSettled(step: StepReport): boolean {
  return step.state === "completed" || step.state === "failed";
}

/** What chaos did to a call is no attempt, whatever became of the call; nor is a call that the app put off. */
function isFailed({ errorCode, injected }: AttemptReport): boolean {
  return errorCode !== undefined && errorCode !== "back_pressure" && injected !== "reply_lost" && injected !== "refused";
}

function triesOf(attempts: readonly AttemptReport[], stepId: string | undefined, origin: number): readonly unknown[] {
  return attempts
    .filter((attempt) => attempt.stepId === stepId)
    .map((attempt) => ({
      n: attempt.attempt + 1,
      start: attempt.startedAt - origin,
      end: attempt.endedAt - origin,
      status: attempt.errorCode === undefined ? "completed" : "failed",
      ...(attempt.error === undefined ? {} : { error: parseJson(attempt.error), code: attempt.errorCode }),
      ...(attempt.httpStatus === undefined ? {} : { httpStatus: attempt.httpStatus }),
      ...(attempt.injected === undefined ? {} : { injected: attempt.injected }),
      ...(attempt.retryAt === undefined ? {} : { backoffMs: attempt.retryAt - attempt.endedAt }),
    }));
}

function sumOf(steps: readonly StepReport[]): number {
  let sum = 0;
  for (const { startedAt, endedAt } of steps) if (startedAt !== undefined && endedAt !== undefined) sum += endedAt - startedAt;
  return sum;
}

export function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
