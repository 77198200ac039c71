// An event becomes a row, its runs, and a reason for every matched function that does not start. Pure: all of it is
// decided here and written by the store as one unit.

import { asJson, type EpochMs, type EventId, epochMs, type IncomingEvent, limits, type RunId, seededEventId } from "@stepwell/protocol";
import type { AcceptedEvent, AcceptUnit, EnvironmentId, EventRecord, HolderRef, PlannedStart, StartRun } from "@stepwell/store";
import { matchTriggers } from "../apps/match-triggers.ts";
import type { Registry } from "../apps/registry.ts";
import type { SendEventsParams } from "../engine-interface.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { newId, type Random } from "../seams/random.ts";
import { startRun } from "./start-run.ts";
import type { StartedEvents } from "./started-events.ts";

export interface AcceptContext {
  readonly registry: Registry;
  readonly now: EpochMs;
  readonly random: Random;
  readonly environmentId: EnvironmentId;
  readonly holder: HolderRef;
  /** How many runs may be born leased. */
  readonly room: number;
}

export interface Acceptance {
  readonly unit: AcceptUnit;
  readonly ids: readonly EventId[];
  /** The functions of the starts, event by event in the order of the unit. */
  readonly entries: StartedEvents["entries"];
}

/** What is left of the commit that is being filled. */
interface Budget {
  starts: number;
  room: number;
}

/**
 * Everything that the events of one request start is one unit. What is more than one commit should hold is planned, event
 * by event, for a cursor of the same commit.
 */
export function decideAccept(params: SendEventsParams, context: AcceptContext): Acceptance {
  const events: AcceptedEvent[] = [];
  const ids: EventId[] = [];
  const entries: (readonly FunctionEntry[])[] = [];
  const budget: Budget = { starts: limits.startsPerCommitMax, room: context.room };
  for (let index = 0; index < params.events.length; index += 1) {
    const event = params.events[index] as IncomingEvent;
    // The index of a seed counts from 1 on the endpoint for events.
    const id = params.seed === undefined ? newId<EventId>(context.now, context.random) : seededEventId(params.seed, index + 1);
    const accepted = acceptOne(event, id, params, context, budget);
    ids.push(id);
    events.push(accepted.event);
    entries.push(accepted.entries);
  }
  return { unit: { kind: "accept", holder: context.holder, events }, ids, entries };
}

function acceptOne(
  event: IncomingEvent,
  id: EventId,
  params: SendEventsParams,
  context: AcceptContext,
  budget: Budget,
): { readonly event: AcceptedEvent; readonly entries: readonly FunctionEntry[] } {
  const record = recordOf(event, id, context);
  const matches = matchTriggers(context.registry, event.name, () => eventMap(event, record), context.now);
  const dueAt = startAt(event, params, context.now);
  const { now, random } = context;
  const starts: StartRun[] = [];
  const rest: PlannedStart[] = [];
  const entries = matches.entries.length > budget.starts ? orderedFirst(matches.entries) : matches.entries;
  const started: FunctionEntry[] = [];
  for (const entry of entries) {
    const runId = newId<RunId>(now, random);
    if (budget.starts <= 0 && !isOrdered(entry)) {
      rest.push({ functionId: entry.record.id, runId, dueAt });
      continue;
    }
    const { externalId } = event;
    const start = startRun(entry, {
      runId,
      now,
      dueAt,
      acceptedAt: now,
      event: record,
      eventMap: () => eventMap(event, record),
      wantsLease: budget.room > 0,
      externalId,
    });
    starts.push(start);
    started.push(entry);
    budget.starts -= 1;
    if (start.collect === undefined) budget.room -= 1;
  }
  const accepted = { event: record, starts, outcomes: matches.outcomes, ...(rest.length === 0 ? {} : { rest }) };
  return { event: accepted, entries: started };
}

/** What becomes of the event depends on those before it: that is decided in its own commit, whatever else it starts. */
function isOrdered({ flow }: FunctionEntry): boolean {
  if (flow === undefined) return false;
  const { debounce, batchEvents, rateLimit, idempotency, singleton } = flow.options;
  return [debounce, batchEvents, rateLimit, idempotency, singleton].some((option) => option !== undefined);
}

function orderedFirst(entries: readonly FunctionEntry[]): readonly FunctionEntry[] {
  return [...entries.filter(isOrdered), ...entries.filter((entry) => !isOrdered(entry))];
}

export function recordOf(event: IncomingEvent, id: EventId, context: AcceptContext): EventRecord {
  const { externalId, user, sessions, v } = event;
  return {
    id,
    environmentId: context.environmentId,
    name: event.name,
    ts: event.ts ?? context.now,
    receivedAt: context.now,
    data: asJson(event.data),
    ...(externalId === undefined ? {} : { externalId }),
    ...(user === undefined ? {} : { user: asJson(user) }),
    ...(sessions === undefined ? {} : { meta: asJson({ sessions }) }),
    ...(v === undefined ? {} : { v }),
  };
}

/**
 * When the runs of an event begin. An event may ask for later by its time. A sender whose clock is ahead must not delay
 * everything it sends, so where it tells its own time (in the seed) the delay is counted from that.
 */
function startAt(event: IncomingEvent, params: SendEventsParams, now: EpochMs): EpochMs {
  if (event.ts === undefined) return now;
  if (params.seed === undefined) return epochMs(Math.max(now, event.ts));
  return epochMs(now + Math.max(0, event.ts - params.seed.senderNowAt));
}

/** The canonical map of the event, for expressions. */
export function eventMap(event: IncomingEvent, record: EventRecord): unknown {
  const { name, data, user, sessions, v } = event;
  return {
    name,
    data,
    user: user ?? {},
    id: record.externalId ?? record.id,
    ts: record.ts,
    ...(v === undefined ? {} : { v }),
    ...(sessions === undefined ? {} : { meta: { sessions } }),
  };
}
