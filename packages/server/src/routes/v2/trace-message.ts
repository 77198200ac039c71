import { eventMapJson, isObject, parseJson, type RunStatus } from "@stepwell/protocol";
import type { MetadataReport, RunReport, StepReport, StoredEvent } from "@stepwell/store";
import { metadataScope } from "../metadata-scope.ts";
import { message } from "./message.ts";
import { instant, outputOf, struct } from "./run-message.ts";

const stepOps: Readonly<Record<string, string>> = {
  StepRun: "RUN",
  Step: "RUN",
  StepError: "RUN",
  StepFailed: "RUN",
  Sleep: "SLEEP",
  WaitForEvent: "WAIT_FOR_EVENT",
  WaitForSignal: "WAIT_FOR_SIGNAL",
  InvokeFunction: "INVOKE",
  AIGateway: "AI_GATEWAY",
  Gateway: "RUN",
};

const runSpans: Readonly<Record<RunStatus, string>> = {
  queued: "WAITING",
  running: "RUNNING",
  completed: "COMPLETED",
  failed: "FAILED",
  cancelled: "CANCELLED",
  skipped: "SKIPPED",
};

export interface TraceParts {
  readonly run: RunReport;
  readonly steps: readonly StepReport[];
  readonly events: readonly StoredEvent[];
  readonly notes: readonly MetadataReport[];
  readonly includeOutput: boolean;
}

/** A run and its steps as spans. */
export function traceMessage({ run, steps, events, notes, includeOutput }: TraceParts): Readonly<Record<string, unknown>> {
  const input = events.map((event) => parseJson(eventMapJson({ ...event, id: event.externalId ?? event.id })));
  return {
    runId: run.id,
    rootSpan: message({
      id: run.id,
      name: run.functionName,
      status: runSpans[run.status],
      durationMs: durationOf(run.startedAt ?? run.queuedAt, run.endedAt),
      queuedAt: instant(run.queuedAt),
      startedAt: instant(run.startedAt),
      endedAt: instant(run.endedAt),
      input: includeOutput ? { data: input } : undefined,
      output: includeOutput ? outputOf(run) : undefined,
      metadata: notesOf(notes, undefined),
      children: steps.map((step) => stepSpan(step, run, notes, includeOutput)),
    }),
  };
}

function stepSpan(
  step: StepReport,
  run: RunReport,
  notes: readonly MetadataReport[],
  includeOutput: boolean,
): Readonly<Record<string, unknown>> {
  // What was open when its run ended has ended with it.
  const endedAt = step.endedAt ?? run.endedAt;
  return message({
    id: `${run.id}.${step.stepId}`,
    name: step.name,
    status: statusOf(step, run),
    stepOp: step.stepType === "step.sendEvent" ? "SEND_EVENT" : stepOps[step.op],
    stepId: step.stepId,
    durationMs: durationOf(step.startedAt, endedAt),
    queuedAt: instant(step.startedAt ?? run.queuedAt),
    startedAt: instant(step.startedAt),
    endedAt: instant(endedAt),
    output: includeOutput ? resultOf(step) : undefined,
    metadata: notesOf(notes, step.stepId),
  });
}

/** Values are texts there: what is none is written as JSON. */
function notesOf(notes: readonly MetadataReport[], stepId: string | undefined): readonly object[] {
  return notes
    .filter((note) => note.stepId === stepId)
    .map((note) => ({
      scope: metadataScope(note),
      kind: note.kind,
      values: Object.fromEntries(
        Object.entries(parseJson(note.values) as object).map(([name, value]) => [
          name,
          typeof value === "string" ? value : JSON.stringify(value),
        ]),
      ),
      updatedAt: instant(note.updatedAt),
    }));
}

function durationOf(from: number | undefined, to: number | undefined): string | undefined {
  return from === undefined || to === undefined ? undefined : String(to - from);
}

function statusOf({ state }: StepReport, run: RunReport): string {
  switch (state) {
    case "completed":
      return "COMPLETED";
    case "failed":
      return "FAILED";
    case "dropped":
      return "CANCELLED";
    default:
      return run.endedAt === undefined ? (state === "reported" ? "RUNNING" : "WAITING") : "CANCELLED";
  }
}

/** The value of a memo: what stands under `data` or `error`, or the memo itself. */
function resultOf({ memo }: StepReport): object | undefined {
  if (memo === undefined) return undefined;
  const value = parseJson(memo);
  if (!isObject(value)) return struct(memo);
  const inner = "error" in value ? value["error"] : "data" in value ? value["data"] : value;
  return isObject(inner) ? inner : { data: inner ?? null };
}
