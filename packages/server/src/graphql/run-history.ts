// What happened to a run, an entry each, in the words of the public server. Made from what is stored of the run, its steps
// and its attempts: no journal of these entries is kept.

import { encodeUlid, sha1Bytes } from "@stepwell/protocol";
import type { AttemptReport, RunReport, StepReport } from "@stepwell/store";
import { timeText } from "./time-text.ts";
import { hasTimedOut } from "./trace-spans.ts";

export interface HistoryEntry {
  readonly type: string;
  readonly at: number;
  readonly attempt: number;
  readonly step?: StepReport;
  readonly failure?: AttemptReport;
}

const encoder = new TextEncoder();

/** In the order in which it happened. */
export function runHistory(
  run: RunReport,
  { steps, attempts }: { readonly steps: readonly StepReport[]; readonly attempts: readonly AttemptReport[] },
): readonly HistoryEntry[] {
  const entries: HistoryEntry[] = [{ type: "FunctionScheduled", at: run.queuedAt, attempt: 0 }];
  if (run.startedAt !== undefined) entries.push({ type: "FunctionStarted", at: run.startedAt, attempt: 0 });
  for (const step of steps) entries.push(...stepEntries(step));
  for (const failure of attempts) if (failure.errorCode !== undefined) entries.push(failureEntry(failure, steps));
  const end = endTypes[run.status];
  const sorted = entries
    .map((entry, index) => ({ entry, index }))
    .sort((one, other) => one.entry.at - other.entry.at || one.index - other.index);
  const ordered = sorted.map(({ entry }) => entry);
  return end === undefined || run.endedAt === undefined ? ordered : [...ordered, { type: end, at: run.endedAt, attempt: run.attempt }];
}

const endTypes: Readonly<Record<string, string>> = {
  completed: "FunctionCompleted",
  failed: "FunctionFailed",
  cancelled: "FunctionCancelled",
};

function stepEntries(step: StepReport): readonly HistoryEntry[] {
  const { startedAt, endedAt, state, attempt } = step;
  const entries: HistoryEntry[] = [];
  const begin = beginTypes[step.op];
  if (startedAt !== undefined && begin !== undefined) for (const type of begin) entries.push({ type, at: startedAt, attempt: 0, step });
  if (endedAt !== undefined && (state === "completed" || state === "failed"))
    entries.push({ type: state === "completed" ? "StepCompleted" : "StepFailed", at: endedAt, attempt, step });
  return entries;
}

const ran = ["StepScheduled", "StepStarted"];
const beginTypes: Readonly<Record<string, readonly string[]>> = {
  Step: ran,
  StepRun: ran,
  StepError: ran,
  StepFailed: ran,
  Gateway: ran,
  AIGateway: ran,
  Sleep: ["StepSleeping"],
  WaitForEvent: ["StepWaiting"],
  WaitForSignal: ["StepWaiting"],
  InvokeFunction: ["StepInvoking"],
};

function failureEntry(failure: AttemptReport, steps: readonly StepReport[]): HistoryEntry {
  const step = failure.stepId === undefined ? undefined : steps.find(({ stepId }) => stepId === failure.stepId);
  return { type: "StepErrored", at: failure.endedAt, attempt: failure.attempt, failure, ...(step === undefined ? {} : { step }) };
}

/** An entry as `RunHistoryItem`. */
export function historyItem(run: RunReport, entry: HistoryEntry, place: number): Record<string, unknown> {
  const { type, at, attempt, step, failure } = entry;
  const timeout = step?.dueAt ?? step?.waitsFor?.until;
  const isEnd = type === "StepCompleted" || type === "StepFailed";
  const timedOut = isEnd && step !== undefined && hasTimedOut(step);
  return {
    id: encodeUlid(at, sha1Bytes(encoder.encode(`${run.id} ${place}`))),
    type,
    attempt,
    createdAt: timeText(at),
    groupID: step?.stepId ?? null,
    functionVersion: 0,
    stepName: step?.name ?? null,
    stepType: step?.stepType ?? null,
    url: null,
    cancel: type === "FunctionCancelled" ? { eventID: null, expression: null, userID: null } : null,
    sleep: type === "StepSleeping" && step?.dueAt !== undefined ? { until: timeText(step.dueAt) } : null,
    waitForEvent:
      type === "StepWaiting" && timeout !== undefined
        ? { eventName: step?.waitsFor?.name ?? null, expression: step?.waitsFor?.expression ?? null, timeout: timeText(timeout) }
        : null,
    waitResult: isEnd && step?.op === "WaitForEvent" ? { eventID: step.eventId ?? null, timeout: timedOut } : null,
    invokeFunction:
      type === "StepInvoking" && timeout !== undefined
        ? {
            eventID: null,
            functionID: step?.child?.functionSlug ?? null,
            correlationID: `${run.id}.${step?.stepId}`,
            timeout: timeText(timeout),
          }
        : null,
    invokeFunctionResult:
      isEnd && step?.op === "InvokeFunction" ? { eventID: null, timeout: timedOut, runID: step.child?.runId ?? null } : null,
    result: resultOf(entry, failure),
  };
}

function resultOf({ type, step }: HistoryEntry, failure: AttemptReport | undefined): Record<string, unknown> | null {
  if (failure !== undefined)
    return {
      durationMS: Math.round(failure.endedAt - failure.startedAt),
      errorCode: failure.errorCode ?? null,
      output: failure.error ?? null,
    };
  if ((type !== "StepCompleted" && type !== "StepFailed") || step?.startedAt === undefined || step.endedAt === undefined) return null;
  return { durationMS: Math.round(step.endedAt - step.startedAt), errorCode: null, output: step.memo ?? null };
}
