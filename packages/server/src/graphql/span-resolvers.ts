import { type EventId, finishedEventId, functionUuid, parseJson, type RunId } from "@stepwell/protocol";
import type { StepReport } from "@stepwell/store";
import { metadataScope } from "../routes/metadata-scope.ts";
import type { QueryReads } from "./query-reads.ts";
import type { Resolvers } from "./resolvers.ts";
import { timeText } from "./time-text.ts";
import { hasTimedOut, type SpanOfRun, traceIdOf } from "./trace-spans.ts";

/** `RunTraceSpan`. */
export const spanResolvers: Resolvers<SpanOfRun> = {
  appID: ({ run }, { parts }) => parts.engine.apps().find(({ id }) => id === run.appId)?.uuid,
  functionID: ({ run }) => functionUuid(run.environmentId, run.functionSlug),
  runID: ({ run }) => run.id,
  spanID: ({ span }) => span.spanId,
  traceID: ({ run }) => traceIdOf(run.id),
  parentSpanID: ({ parent }) => parent?.span.spanId,
  parentSpan: ({ parent }) => parent,
  name: ({ span }) => span.name,
  status: ({ span }) => span.status,
  attempts: ({ span }) => span.attempts,
  duration: ({ span: { startedAt, endedAt } }) =>
    startedAt === undefined || endedAt === undefined ? null : Math.max(0, Math.round(endedAt - startedAt)),
  outputID: ({ span }) => span.outputId,
  queuedAt: ({ span }) => timeText(span.queuedAt),
  startedAt: ({ span }) => timeText(span.startedAt),
  endedAt: ({ span }) => timeText(span.endedAt),
  isRoot: ({ parent }) => parent === undefined,
  isUserland: () => false,
  stepID: ({ span }) => span.step?.stepId,
  stepOp: ({ span }) => span.stepOp,
  stepType: ({ span }) => span.stepType,
  stepInfo: ({ span: { step } }, reads) => (step === undefined ? null : stepInfo(step, reads)),
  metadata: notesOf,
  response: ({ span: { httpStatus } }) => (httpStatus === undefined ? null : { statusCode: httpStatus }),
  childrenSpans: (parent, reads) => reads.take(parent.span.children).map((span): SpanOfRun => ({ run: parent.run, span, parent })),
};

/** Of the run with its root, of a step with the step's span. */
async function notesOf({ run, span, parent }: SpanOfRun, reads: QueryReads): Promise<readonly object[]> {
  if (parent !== undefined && (span.step === undefined || parent.parent !== undefined)) return [];
  const notes = (await reads.ask("runMetadata", run.id)).filter(({ stepId }) => stepId === span.step?.stepId);
  return reads.take(notes).map((note) => ({
    ...{ scope: metadataScope(note), kind: note.kind, values: parseJson(note.values) },
    updatedAt: timeText(note.updatedAt),
  }));
}

function stepInfo(step: StepReport, reads: QueryReads): Record<string, unknown> | null {
  const { op, waitsFor, child, dueAt, eventId } = step;
  const isOver = step.state === "completed" || step.state === "failed";
  const wait = { timeout: timeText(dueAt ?? waitsFor?.until), timedOut: isOver ? hasTimedOut(step) : null };
  switch (op) {
    case "Sleep":
      return { __typename: "SleepStepInfo", sleepUntil: timeText(dueAt) };
    case "InvokeFunction":
      return {
        __typename: "InvokeStepInfo",
        ...wait,
        triggeringEventID: async () => (child === undefined ? null : (await reads.ask("getRun", child.runId))?.eventId),
        returnEventID: () => (wait.timedOut === false && child !== undefined ? returnEventId(child.runId, reads) : null),
        functionID: child?.functionSlug ?? waitsFor?.name,
        runID: child?.runId,
      };
    case "WaitForEvent":
      return {
        __typename: "WaitForEventStepInfo",
        ...wait,
        eventName: async () => waitsFor?.name ?? (eventId === undefined ? null : (await reads.ask("getEvent", eventId))?.name),
        expression: waitsFor?.expression,
        foundEventID: eventId,
      };
    case "WaitForSignal":
      return { __typename: "WaitForSignalStepInfo", ...wait, signal: waitsFor?.name ?? signalOf(step) };
    default:
      return step.stepType === undefined ? null : { __typename: "RunStepInfo", type: step.stepType };
  }
}

/** Of the event that tells of the child's end. */
async function returnEventId(runId: RunId, reads: QueryReads): Promise<EventId | null> {
  const endedAt = (await reads.ask("getRun", runId))?.endedAt;
  return endedAt === undefined ? null : finishedEventId(runId, endedAt);
}

/** The name of a signal that came stands in the step's result. */
function signalOf({ memo }: StepReport): string | undefined {
  const name = memo === undefined ? undefined : /^\{"data":\{"signal":("(?:[^"\\]|\\.)*")/.exec(memo)?.[1];
  return name === undefined ? undefined : (JSON.parse(name) as string);
}
