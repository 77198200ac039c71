// An event becomes a row, its runs, and a reason for every matched function that does not start. Pure: all of it is
// decided here and written by the store as one unit.

import { asJson, type EpochMs, type EventId, epochMs, type IncomingEvent, limits, type RunId, seededEventId } from "@stepwell/protocol";
import {
  type AcceptedEvent,
  type AcceptUnit,
  type EnvironmentId,
  type EventRecord,
  type HolderRef,
  rankOfStart,
  type StartRun,
} from "@stepwell/store";
import type { Registry } from "../apps/registry.ts";
import type { SendEventsParams } from "../engine-interface.ts";
import { unlimitedLane } from "../queue/lane-of.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { newId, type Random } from "../seams/random.ts";
import { matchTriggers } from "./match-triggers.ts";

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
  readonly entries: readonly (readonly FunctionEntry[])[];
}

export type AcceptDecision =
  | { readonly kind: "accept"; readonly acceptance: Acceptance }
  | { readonly kind: "refused"; readonly effects: number };

export function decideAccept(params: SendEventsParams, context: AcceptContext): AcceptDecision {
  const events: AcceptedEvent[] = [];
  const ids: EventId[] = [];
  const entries: (readonly FunctionEntry[])[] = [];
  let room = context.room;
  let effects = 0;
  for (let index = 0; index < params.events.length; index += 1) {
    const event = params.events[index] as IncomingEvent;
    // The index of a seed counts from 1 on the endpoint for events.
    const id = params.seed === undefined ? newId<EventId>(context.now, context.random) : seededEventId(params.seed, index + 1);
    const accepted = acceptOne(event, id, params, context, room);
    effects += 1 + accepted.event.starts.length + accepted.event.outcomes.length;
    room -= accepted.event.starts.length;
    ids.push(id);
    events.push(accepted.event);
    entries.push(accepted.entries);
  }
  if (effects > limits.effectsPerCommitMax) return { kind: "refused", effects };
  return { kind: "accept", acceptance: { unit: { kind: "accept", holder: context.holder, events }, ids, entries } };
}

function acceptOne(
  event: IncomingEvent,
  id: EventId,
  params: SendEventsParams,
  context: AcceptContext,
  room: number,
): { readonly event: AcceptedEvent; readonly entries: readonly FunctionEntry[] } {
  const record = recordOf(event, id, context);
  const matches = matchTriggers(context.registry, event.name, () => eventMap(event, record), context.now);
  const dueAt = startAt(event, params, context.now);
  const starts: StartRun[] = [];
  for (const entry of matches.entries) starts.push(startOf(entry, event, dueAt, context, room - starts.length > 0));
  return { event: { event: record, starts, outcomes: matches.outcomes }, entries: matches.entries };
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

export function startOf(entry: FunctionEntry, event: IncomingEvent, dueAt: EpochMs, context: AcceptContext, hasRoom: boolean): StartRun {
  const start = {
    runId: newId<RunId>(context.now, context.random),
    functionId: entry.record.id,
    laneKey: unlimitedLane,
    rank: rankOfStart(context.now),
    dueAt,
    wantsLease: hasRoom,
  };
  const dedupe =
    event.externalId === undefined
      ? undefined
      : { key: `event ${event.externalId}`, expiresAt: epochMs(context.now + limits.dedupeWindowMs) };
  return { ...start, ...(dedupe === undefined ? {} : { dedupe }), ...(entry.warnings === undefined ? {} : { warnings: entry.warnings }) };
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
function eventMap(event: IncomingEvent, record: EventRecord): unknown {
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
