import { type EventId, epochMs, eventMapJson, limits, type RunId, seededEventId } from "@stepwell/protocol";
import type { AcceptUnit } from "@stepwell/store";
import type { InvokeFunctionParams } from "../engine-interface.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { newId } from "../seams/random.ts";
import type { AcceptContext } from "./accept-event.ts";
import { invokeEvent } from "./invoke-event.ts";
import { invokeListeners } from "./invoke-listeners.ts";
import { startRun } from "./start-run.ts";

/** What one invoke by a person or a program brings about: its event, the run that is asked for, and whoever listens to invokes. */
export interface InvokeStart {
  readonly unit: AcceptUnit;
  readonly eventId: EventId;
  readonly runId: RunId;
}

/** A second invoke with the same idempotency key is recorded as a duplicate of the first, and starts nothing. */
export function decideInvoke(params: InvokeFunctionParams, target: FunctionEntry, context: AcceptContext): InvokeStart {
  const { now, random, environmentId, room } = context;
  const { payload, seed, idempotencyKey } = params;
  const event = invokeEvent({
    environmentId,
    // The index of a seed counts from 0 here, and from 1 on the endpoint for events.
    eventId: seed === undefined ? newId<EventId>(now, random) : seededEventId(seed, 0),
    now,
    payload,
    target: target.record.slug,
    correlationId: "",
    stepName: "",
    depth: 0,
  });
  const runId = newId<RunId>(now, random);
  const start = startRun(target, {
    ...{ runId, now },
    dueAt: epochMs(Math.max(now, params.startAt ?? now)),
    acceptedAt: now,
    event,
    eventMap: () => JSON.parse(eventMapJson({ ...event, id: event.externalId ?? event.id })),
    wantsLease: room > 0,
    externalId: event.externalId,
    origin: "invoke",
  });
  const dedupe =
    idempotencyKey === undefined ? {} : { dedupe: { key: `invoke ${idempotencyKey}`, expiresAt: epochMs(now + limits.dedupeWindowMs) } };
  const accepted = { event, starts: [{ ...start, ...dedupe }], ...invokeListeners(event, target, context) };
  return { unit: { kind: "accept", holder: context.holder, events: [accepted] }, eventId: event.id, runId };
}
