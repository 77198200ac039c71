import { type EpochMs, epochMs, limits, type StoreSeq } from "@stepwell/protocol";
import type { BulkCancelState } from "./bulk-cancel-state.ts";

export interface SliceFacts {
  readonly state: BulkCancelState;
  /** The due time that was seen: the next one is another, so that nobody carries the slice out twice. */
  readonly dueAt: EpochMs;
  readonly now: EpochMs;
  /** What the slice looked at, and how many of them it ended. */
  readonly last: StoreSeq | undefined;
  readonly looked: number;
  readonly cancelled: number;
  /** There are runs behind the slice. */
  readonly hasMore: boolean;
  /** An event that was accepted in time still starts runs: they come in behind what has been looked at. */
  readonly startsAreOpen: boolean;
}

/** How long a look is put off while an event still starts runs. */
const openStartsMs = 250;

/** What follows on one slice, and when. */
export function decideSlice(facts: SliceFacts): { readonly state: BulkCancelState; readonly dueAt: EpochMs } {
  const { state, now } = facts;
  const seen = { ...state, looked: state.looked + facts.looked, cancelled: state.cancelled + facts.cancelled };
  const after = (at: number): EpochMs => epochMs(Math.max(at, facts.dueAt + 1));
  if (facts.hasMore && facts.last !== undefined)
    return { state: { ...seen, position: facts.last }, dueAt: after(now + limits.bulkCancelPauseMs) };
  const position = facts.last ?? state.position;
  if (facts.startsAreOpen) return { state: { ...seen, position: 0 as StoreSeq }, dueAt: after(now + openStartsMs) };
  const until = state.filter.runs.queuedTo;
  if (until !== undefined && now < until) return { state: { ...seen, position }, dueAt: after(until) };
  return { state: { ...seen, position, status: "completed", endedAt: now }, dueAt: after(now + limits.bulkCancelKeptMs) };
}
