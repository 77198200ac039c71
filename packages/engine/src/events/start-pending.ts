import { type EpochMs, epochMs, eventMapJson } from "@stepwell/protocol";
import type { HolderRef, PendingRun, StartPendingUnit, TimerRef } from "@stepwell/store";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { startRun } from "./start-run.ts";

/**
 * A run whose events were collected begins as any other does: on the first event of a batch, on the kept one of a debounce.
 * It queues, so that it is called with all of its events. A time in the future holds a debounced run back; a batch has
 * many times, and begins when it is full or its time is over.
 */
export function decideStartPending(
  pending: PendingRun,
  entry: FunctionEntry,
  facts: { readonly timer: TimerRef; readonly now: EpochMs; readonly holder: HolderRef },
): StartPendingUnit {
  const { event, origin, runId, joins } = pending;
  const { now, holder, timer } = facts;
  const start = startRun(entry, {
    ...{ runId, now, event },
    dueAt: pending.kind === "batch" ? now : epochMs(Math.max(now, pending.startAt)),
    acceptedAt: now,
    eventMap: () => JSON.parse(eventMapJson({ ...event, id: event.externalId ?? event.id })),
    wantsLease: false,
    isLetIn: true,
    ...(origin === undefined ? {} : { origin }),
  });
  const { kind, subject, dueAt } = timer;
  return { kind: "start_pending", holder, timer: { kind, subject, dueAt }, joins, start };
}
