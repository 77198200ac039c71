import { type EventId, epochMs, limits } from "@stepwell/protocol";
import type { AcceptedEvent } from "@stepwell/store";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import type { Firing } from "../schedules/schedule-keeper.ts";
import { newId } from "../seams/random.ts";
import { type Acceptance, type AcceptContext, eventMap, recordOf } from "./accept-event.ts";
import { startRun } from "./start-run.ts";

/**
 * What a schedule brings about, as one unit with its timer. A tick starts the function whose schedule it is and nothing else,
 * whatever triggers are about: its event is that function's alone.
 */
export function acceptTicks(firing: Firing, entry: FunctionEntry, context: AcceptContext): Acceptance {
  const starts = firing.starts.map(({ event, runId, dedupeKey }, place): AcceptedEvent => {
    const record = recordOf(event, eventId(context), context);
    const { now } = context;
    const start = startRun(entry, {
      runId,
      now,
      dueAt: now,
      acceptedAt: now,
      event: record,
      eventMap: () => eventMap(event, record),
      wantsLease: place < context.room,
      origin: "schedule",
    });
    const dedupe = { key: dedupeKey, expiresAt: epochMs(now + limits.dedupeWindowMs) };
    return { event: record, starts: [{ ...start, dedupe }], outcomes: [] };
  });
  const skipped = firing.skipped.map(({ event, reason, detail }): AcceptedEvent => {
    const outcome = { functionId: entry.record.id, kind: reason, detail } as const;
    return { event: recordOf(event, eventId(context), context), starts: [], outcomes: [outcome] };
  });
  const events = [...skipped, ...starts];
  return {
    unit: { kind: "accept", holder: context.holder, events, timer: firing.timer },
    ids: events.map(({ event }) => event.id),
    entries: events.map((accepted) => accepted.starts.map(() => entry)),
  };
}

function eventId({ now, random }: AcceptContext): EventId {
  return newId<EventId>(now, random);
}
