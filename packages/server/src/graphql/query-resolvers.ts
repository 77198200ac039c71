import { eventMapJson, parseEventId, parseRunId, systemEvents } from "@stepwell/protocol";
import type { RunReport, StoredEvent } from "@stepwell/store";
import { eventList, oldEventList, streamList } from "./event-list.ts";
import type { QueryReads } from "./query-reads.ts";
import type { Resolvers } from "./resolvers.ts";
import { runCron } from "./run-cron.ts";
import { runList } from "./run-list.ts";
import { rootSpan } from "./run-resolvers.ts";
import { spanOutput } from "./span-output.ts";
import { timeText } from "./time-text.ts";

/** Runs that the older list shows. */
const oldRunsMax = 200;

/** `Query`. */
export const queryResolvers: Resolvers<unknown> = {
  apps: (_, reads) => reads.take(reads.parts.engine.apps()),
  app: (_, { parts }, given) => parts.engine.apps().find(({ uuid }) => uuid === given.id),
  functions: (_, reads) => reads.take(reads.parts.engine.functions()),
  functionBySlug: (_, { parts }, { query }) => parts.engine.findFunction(query.functionSlug),
  run: (_, reads, { runID }) => findRun(reads, runID),
  runs: (_, reads, given) => runList(reads, given),
  async runTrace(_, reads, { runID }) {
    const run = await findRun(reads, runID);
    return run === undefined ? null : rootSpan(run, reads);
  },
  runTraceSpanOutputByID: (_, reads, { outputID }) => spanOutput(reads, outputID),
  runTrigger: (_, reads, { runID }) => runTrigger(reads, runID),
  functionRun: (_, reads, { query }) => findRun(reads, query.functionRunId),
  functionRuns: async (_, reads) => reads.take((await reads.ask("listRuns", {}, { limit: oldRunsMax })).rows),
  event: (_, reads, { query }) => findEvent(reads, query.eventId),
  events: async (_, reads, { query }) =>
    oldEventList(reads, typeof query.lastEventId === "string" ? await findEvent(reads, query.lastEventId) : undefined),
  eventV2: (_, reads, { id }) => findEvent(reads, id),
  eventsV2: (_, reads, given) => eventList(reads, given),
  async stream(_, reads, { query }) {
    const { limit, includeInternalEvents, before, after } = query;
    const [newest, oldest] = await Promise.all([before, after].map((id) => (typeof id === "string" ? findEvent(reads, id) : undefined)));
    return streamList(reads, { limit, withInternal: includeInternalEvents === true, before: newest?.seq, after: oldest?.seq });
  },
};

/** What is no id is no run's. */
async function findRun(reads: QueryReads, id: unknown): Promise<RunReport | undefined> {
  const runId = parseRunId(String(id));
  return runId === undefined ? undefined : reads.ask("getRun", runId);
}

async function findEvent(reads: QueryReads, id: unknown): Promise<StoredEvent | undefined> {
  const eventId = parseEventId(String(id));
  return eventId === undefined ? undefined : reads.ask("getEvent", eventId);
}

/** What started the run. */
async function runTrigger(reads: QueryReads, id: unknown): Promise<Readonly<Record<string, unknown>> | undefined> {
  const run = await findRun(reads, id);
  if (run === undefined) return undefined;
  const events = reads.take(await reads.ask("runEvents", run.id));
  return {
    eventName: run.eventName === systemEvents.scheduled ? null : run.eventName,
    IDs: events.map((event) => event.id),
    payloads: events.map((event) => eventMapJson({ ...event, id: event.externalId ?? event.id })),
    timestamp: timeText(run.queuedAt),
    isBatch: run.eventCount > 1,
    cron: () => runCron(run, reads),
  };
}
