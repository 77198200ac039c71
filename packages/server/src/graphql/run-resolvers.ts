import type { RunReport } from "@stepwell/store";
import type { QueryReads } from "./query-reads.ts";
import type { Resolvers } from "./resolvers.ts";
import { runCron } from "./run-cron.ts";
import { runOutput } from "./run-output.ts";
import { shownStatus } from "./shown-status.ts";
import { timeText } from "./time-text.ts";
import { runSpan, type SpanOfRun, traceIdOf } from "./trace-spans.ts";

/** `FunctionRunV2`. Status and output are of one read: who sees the end sees what it brought. */
export const runResolvers: Resolvers<RunReport> = {
  appID: (run, { parts }) => parts.engine.apps().find(({ id }) => id === run.appId)?.uuid ?? null,
  app: (run, { parts }) => parts.engine.apps().find(({ id }) => id === run.appId),
  functionID: (run, { parts }) => parts.engine.findFunction(run.functionSlug)?.uuid,
  function: (run, { parts }) => parts.engine.findFunction(run.functionSlug),
  traceID: (run) => traceIdOf(run.id),
  queuedAt: (run) => timeText(run.queuedAt),
  startedAt: (run) => timeText(run.startedAt),
  endedAt: (run) => timeText(run.endedAt),
  status: shownStatus,
  triggerIDs: async (run, reads) => reads.take(await reads.ask("runEvents", run.id)).map(({ id }) => id),
  isBatch: (run) => run.eventCount > 1,
  batchCreatedAt: (run) => (run.eventCount > 1 ? timeText(run.queuedAt) : null),
  cronSchedule: runCron,
  output: runOutput,
  trace: rootSpan,
  hasAI: () => false,
  // Deferred runs do not exist yet.
  isDeferred: () => false,
  defers: () => [],
  siblingDefers: () => [],
};

/** The trace of a run, by its root. */
export async function rootSpan(run: RunReport, reads: QueryReads): Promise<SpanOfRun> {
  const [steps, attempts] = await Promise.all([reads.ask("runSteps", run.id), reads.ask("runAttempts", run.id)]);
  return { run, span: runSpan({ run, status: shownStatus(run, reads), steps, attempts }) };
}
