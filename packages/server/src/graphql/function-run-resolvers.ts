import type { RunReport } from "@stepwell/store";
import type { Resolvers } from "./resolvers.ts";
import { runCron } from "./run-cron.ts";
import { historyItem, runHistory } from "./run-history.ts";
import { runOutput } from "./run-output.ts";
import { shownStatus } from "./shown-status.ts";
import { timeText } from "./time-text.ts";

/** `FunctionRun`, the older of the two types of runs. */
export const functionRunResolvers: Resolvers<RunReport> = {
  functionID: (run, { parts }) => parts.engine.findFunction(run.functionSlug)?.uuid,
  function: (run, { parts }) => parts.engine.findFunction(run.functionSlug),
  name: ({ functionName }) => functionName,
  event: (run, reads) => (run.eventId === undefined ? null : reads.ask("getEvent", run.eventId)),
  eventID: ({ eventId }) => eventId,
  events: async (run, reads) => reads.take(await reads.ask("runEvents", run.id)),
  batchCreatedAt: (run) => (run.eventCount > 1 ? timeText(run.queuedAt) : null),
  status: shownStatus,
  waitingFor({ live }) {
    const waitsFor = live?.waitsFor;
    if (waitsFor?.kind !== "event") return null;
    return { eventName: waitsFor.name, expression: waitsFor.expression, expiryTime: timeText(waitsFor.until) };
  },
  pendingSteps: (run) => run.stepsKnown - run.stepsSettled,
  startedAt: (run) => timeText(run.startedAt ?? run.queuedAt),
  finishedAt: (run) => timeText(run.endedAt),
  output: runOutput,
  async history(run, reads) {
    const [steps, attempts] = await Promise.all([reads.ask("runSteps", run.id), reads.ask("runAttempts", run.id)]);
    return reads.take(runHistory(run, { steps, attempts })).map((entry, place) => historyItem(run, entry, place));
  },
  cron: runCron,
};
