// The queue: items in lanes, functions and lanes taking turns, holders that keep what they claimed.

import type { EpochMs, ItemId, RunId } from "@stepwell/protocol";
import type { FunctionId, HolderId } from "./apps.ts";
import type { FunctionLimits, LaneHold, QueuePlace } from "./constraints.ts";
import type { ClaimedItem } from "./runs.ts";
import type { Lease } from "./units.ts";

export interface ClaimParams {
  readonly holderId: HolderId;
  readonly epoch: number;
  readonly now: EpochMs;
  /** At most this many items in all. */
  readonly limit: number;
  /** At most this many in one turn of a lane, so that a full lane does not hold the next one up. */
  readonly perLane: number;
  /** Functions that cannot be called from here (no transport): their turn is passed over. */
  readonly except?: readonly FunctionId[];
}

export interface ClaimResult {
  readonly items: readonly ClaimedItem[];
  /** Ready items are left: ask again as soon as there is room. */
  readonly more: boolean;
  /** When the next parked item is due. `undefined`: none is parked. */
  readonly nextDueAt?: EpochMs;
}

export interface QueueStore {
  /**
   * Makes due items ready, in order of due time; settles the sleeps that are over; then hands ready items to the holder:
   * function after function, the one served longest ago first, of each the next lane, and of a lane the lowest rank.
   * Each claim raises the item's generation. The run's own item leaves its row: the run's row names the holder.
   */
  claim(params: ClaimParams): Promise<ClaimResult>;
  /** Frees what holders of earlier epochs held, `limit` at a time: ready again, generation kept, no attempt counted. */
  takeOver(params: {
    readonly now: EpochMs;
    readonly epoch: number;
    readonly limit: number;
    readonly countLosses: boolean;
  }): Promise<{ readonly freed: number; readonly suspects: number; readonly more: boolean }>;
  /**
   * Everything the holder has a lease on, as the store sees it. After a write of unknown outcome the holder compares it
   * with what it has in hand, and gives the rest back.
   */
  listHeld(params: { readonly holderId: HolderId }): Promise<readonly HeldItem[]>;
  /** What functions limit by now, until it is said anew: it holds for what is queued as well. */
  setLimits(functions: readonly FunctionLimits[]): Promise<void>;
  /** Keeps lanes from being called for a time. Not kept over a restart. */
  hold(hold: LaneHold): Promise<void>;
  /** Where the items of a run stand, the run's own first, and what keeps them. Looks at `limit` elders of each at most. */
  explain(params: { readonly runId: RunId; readonly now: EpochMs; readonly limit: number }): Promise<readonly QueuePlace[]>;
  /** Depth and age of what waits, for metrics. */
  measure(params: { readonly now: EpochMs }): Promise<QueueMeasure>;
}

export interface HeldItem {
  readonly lease: Lease;
  readonly itemId: ItemId | RunId;
  readonly queuedAt: EpochMs;
  readonly priorityMs: number;
}

export interface QueueMeasure {
  readonly ready: number;
  readonly parked: number;
  readonly held: number;
  /** Age of the oldest item that is due and not claimed, in ms; 0 when there is none. */
  readonly oldestReadyMs: number;
}
