import { type EpochMs, epochMs, eventMapJson, type ItemId } from "@stepwell/protocol";
import type { ClaimedItem, HolderRef, PendingRun, StartPendingUnit, TimerRef, Unit, UnitOutcome } from "@stepwell/store";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { startRun } from "./start-run.ts";

/**
 * A run whose events were collected begins as any other does: on the first event of a batch, on the kept one of a debounce.
 * Where it is leased it is loaded, as a run that was woken is, so that it is called with all of its events. A time in the
 * future holds a debounced run back; a batch has many times, and begins when it is full or its time is over.
 */
export function decideStartPending(
  pending: PendingRun,
  entry: FunctionEntry,
  facts: { readonly timer: TimerRef; readonly now: EpochMs; readonly holder: HolderRef; readonly wantsLease: boolean },
): StartPendingUnit {
  const { event, origin, runId, joins } = pending;
  const { now, holder, timer, wantsLease } = facts;
  const start = startRun(entry, {
    ...{ runId, now, event },
    dueAt: pending.kind === "batch" ? now : epochMs(Math.max(now, pending.startAt)),
    acceptedAt: now,
    eventMap: () => JSON.parse(eventMapJson({ ...event, id: event.externalId ?? event.id })),
    wantsLease,
    isLetIn: true,
    ...(origin === undefined ? {} : { origin }),
  });
  const { kind, subject, dueAt } = timer;
  return { kind: "start_pending", holder, timer: { kind, subject, dueAt }, joins, start };
}

/** The run that a unit woke or began for this holder, as if it had been claimed. */
export function leasedBy(unit: Unit, outcome: UnitOutcome): ClaimedItem | undefined {
  if (outcome.kind !== "committed") return undefined;
  if (unit.kind !== "start_pending") return outcome.woken;
  const [event] = outcome.events ?? [];
  const [start] = event?.kind === "stored" ? event.starts : [];
  if (start?.kind !== "leased") return undefined;
  const { runId, functionId, laneKey, rank, dueAt } = unit.start;
  const { runSeq } = start;
  const fresh = { generation: 1, attempt: 0, leaseLosses: 0, race: false };
  return { kind: "own", itemId: runId as string as ItemId, ...{ runSeq, runId, functionId, laneKey, rank, dueAt }, ...fresh };
}
