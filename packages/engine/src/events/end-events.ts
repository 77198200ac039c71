// The system events of a run's end: what they say, and which of them anybody listens to. They are written as rows only
// where a function starts by them; everywhere else they follow from the run, with the same ids at every reading.

import {
  asJson,
  type EpochMs,
  type EventId,
  eventMapJson,
  finishedEventId,
  type JsonText,
  type RunId,
  systemEvents,
  withoutCode,
} from "@stepwell/protocol";
import type { EndedStatus, EnvironmentId, EventRecord } from "@stepwell/store";
import { matchTriggers } from "../apps/match-triggers.ts";
import type { Registry } from "../apps/registry.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { newId, type Random } from "../seams/random.ts";
import { startRun } from "./start-run.ts";
import { noEvents, type StartedEvents } from "./started-events.ts";

/** What of an ended run its events tell. */
export interface RunEndFacts {
  readonly runId: RunId;
  readonly slug: string;
  readonly environmentId: EnvironmentId;
  readonly status: EndedStatus;
  readonly endedAt: EpochMs;
  readonly events: readonly EventRecord[];
  readonly output?: JsonText | undefined;
  readonly error?: JsonText | undefined;
  readonly origin?: string | undefined;
}

const statusWords: Readonly<Record<EndedStatus, string>> = {
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
  skipped: "Skipped",
};

const endNames: ReadonlySet<string> = new Set([systemEvents.finished, systemEvents.failed, systemEvents.cancelled]);

/**
 * Whether the run's end is told. A listener would start itself for ever, so the runs of functions that an end started
 * tell nothing; a failure handler's do, and an invoked run does whatever its function listens to.
 */
export function tellsItsEnd(facts: RunEndFacts, isFailureHandler: boolean): boolean {
  if (facts.status === "skipped") return false;
  return isFailureHandler || facts.origin === "invoke" || !endNames.has(facts.events[0]?.name ?? "");
}

/** The names of the events a run's end makes. */
export function endNamesOf(status: EndedStatus): readonly string[] {
  if (status === "failed") return [systemEvents.finished, systemEvents.failed];
  return status === "cancelled" ? [systemEvents.finished, systemEvents.cancelled] : [systemEvents.finished];
}

/** The event of one of these names. `failed` and `cancelled` have the run's own id, so that each is met once. */
export function endEvent(name: string, facts: RunEndFacts): EventRecord {
  const { runId, environmentId, endedAt, events } = facts;
  const id = name === systemEvents.finished ? finishedEventId(runId, endedAt) : runId;
  const meta = events[0]?.meta;
  return {
    id: id as string as EventId,
    environmentId,
    name,
    ts: endedAt,
    receivedAt: endedAt,
    data: endData(facts),
    ...(meta === undefined ? {} : { meta }),
  };
}

function endData(facts: RunEndFacts): JsonText {
  const { slug, runId, status, output, events } = facts;
  const error = facts.error === undefined ? undefined : withoutCode(facts.error);
  const maps = events.map((event) => eventMapJson({ ...event, id: event.externalId ?? event.id }));
  const correlation = status === "skipped" ? undefined : correlationOf(events[0]);
  const result = status === "failed" && output === undefined ? rawErrorOf(error) : output;
  return (`{"_inngest":{"status":"${statusWords[status]}"}` +
    (correlation === undefined ? "" : `,"correlation_id":${asJson(correlation)}`) +
    (error === undefined ? "" : `,"error":${error}`) +
    `,"event":${maps[0] ?? "null"},"events":[${maps.join(",")}],"function_id":${asJson(slug)}` +
    (result === undefined || status === "cancelled" ? "" : `,"result":${result}`) +
    `,"run_id":"${runId}"}`) as JsonText;
}

/** What a failed function answered, as far as it is kept. */
function rawErrorOf(error: JsonText | undefined): JsonText | undefined {
  if (error === undefined) return undefined;
  const { error: _, ...rest } = JSON.parse(error) as Readonly<Record<string, unknown>>;
  return asJson({ ...rest, __serialized: true });
}

function correlationOf(event: EventRecord | undefined): string | undefined {
  if (event?.name !== systemEvents.invoked) return undefined;
  const data = JSON.parse(event.data) as { readonly _inngest?: { readonly correlation_id?: unknown } };
  const id = data._inngest?.correlation_id;
  return typeof id === "string" && id !== "" ? id : undefined;
}

export interface EndContext {
  readonly registry: Registry;
  readonly random: Random;
  readonly now: EpochMs;
  /** How many runs may be born leased. */
  readonly room: number;
}

/** The events of a run's end that start a function, with what they start. */
export function startByEnd(facts: RunEndFacts, isFailureHandler: boolean, context: EndContext): StartedEvents {
  const { registry } = context;
  const names = endNamesOf(facts.status).filter((name) => registry.triggersFor(name).length > 0);
  if (names.length === 0 || !tellsItsEnd(facts, isFailureHandler)) return noEvents;
  const told = names
    .map((name) => startByEvent(endEvent(name, facts), isFailureHandler, context))
    .filter(({ entries }) => entries.length > 0);
  return { events: told.map(({ event }) => event), entries: told.map(({ entries }) => entries) };
}

function startByEvent(record: EventRecord, isFailureHandler: boolean, { registry, now, random, room }: EndContext) {
  const eventMap = (): unknown => JSON.parse(eventMapJson(record));
  const matches = matchTriggers(registry, record.name, eventMap, now);
  const entries: readonly FunctionEntry[] = matches.entries.filter((entry) => !(isFailureHandler && entry.isFailureHandler));
  const starts = entries.map((entry, index) =>
    startRun(entry, {
      runId: newId<RunId>(now, random),
      now,
      dueAt: now,
      acceptedAt: now,
      event: record,
      eventMap,
      wantsLease: index < room,
    }),
  );
  return { event: { event: record, starts, outcomes: matches.outcomes }, entries };
}
