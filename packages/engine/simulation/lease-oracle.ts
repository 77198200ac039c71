// What a store must answer to a unit whose lease does not hold, worked out from the tables alone.

import type { AcceptedEvent, CallUnit, Effect, ReleaseUnit, Unit, UnitOutcome } from "@stepwell/store";
import type { Watcher } from "./watcher.ts";

export type Refusal = Extract<UnitOutcome["kind"], "not_found" | "run_ended" | "lease_lost" | "stale_journal">;

/**
 * For each unit what it must be refused with, or `undefined` where nothing is known of it: it may be taken, or units
 * before it in the batch change what it depends on.
 */
export function expectedRefusals(watcher: Watcher, units: readonly Unit[]): readonly (Refusal | undefined)[] {
  const touched = new Set<number>();
  let isClear = true;
  return units.map((unit) => {
    if (unit.kind !== "call" && unit.kind !== "release") {
      // It may end runs, wake them, or settle their steps.
      if (unit.kind !== "accept" || unit.events.some(reachesOthers)) isClear = false;
      return undefined;
    }
    const { runSeq } = unit.lease;
    if (!isClear || touched.has(runSeq)) return undefined;
    touched.add(runSeq);
    const refusal = refusalOf(watcher, unit);
    // What is taken can end a child, whose parent is another run, or begin one that takes another's place.
    if (refusal === undefined && unit.kind === "call" && (unit.next.kind === "end" || unit.effects.some(invokes))) isClear = false;
    return refusal;
  });
}

/** A start may end the run that has its singleton; an event that is collected may end the wait for one before it. */
function reachesOthers({ starts }: AcceptedEvent): boolean {
  return starts.some(({ gates, collect }) => gates?.singleton !== undefined || collect !== undefined);
}

function invokes(effect: Effect): boolean {
  return effect.kind === "begin_wait" && effect.waitsFor.kind === "invoke" && reachesOthers(effect.waitsFor.child);
}

function refusalOf(watcher: Watcher, { lease }: CallUnit | ReleaseUnit): Refusal | undefined {
  const run = watcher.one("select ended_at, holder_id, generation, journal_length from runs where seq = ?", lease.runSeq);
  if (run === undefined) return "not_found";
  if (run["ended_at"] !== null) return "run_ended";
  if (lease.kind === "own") {
    if (run["holder_id"] !== lease.holderId || run["generation"] !== lease.generation) return "lease_lost";
    return lease.journalLength === undefined || lease.journalLength === run["journal_length"] ? undefined : "stale_journal";
  }
  const item = watcher.one(
    "select state, holder_id, generation from queue_items where seq = ? and run_seq = ?",
    lease.itemSeq,
    lease.runSeq,
  );
  const holds = item?.["state"] === 2 && item["holder_id"] === lease.holderId && item["generation"] === lease.generation;
  return holds ? undefined : "lease_lost";
}
