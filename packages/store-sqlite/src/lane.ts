import type { Pool } from "./pools.ts";

/** One gate of a lane: what is used of it, and the name of the rule that judges that. */
export interface LaneGate {
  readonly pool: Pool;
  readonly rule: string;
  readonly value: string;
}

/** What items of a lane must pass. Shared by all lanes that nothing limits: empty. */
export interface LaneGates {
  /** Asked of every item; its slots are the item's. */
  readonly ofItems: readonly LaneGate[];
  /** Asked of the starts of runs besides; its slots are the run's. */
  readonly ofStarts: readonly LaneGate[];
  /** Of which the item in flight owns a slot, and of which the run does. */
  readonly itemPools: readonly Pool[];
  readonly runPools: readonly Pool[];
  /** Of all gates. */
  readonly pools: readonly Pool[];
}

/** A lane with a ready item. */
export interface Lane {
  readonly id: number;
  readonly functionId: number;
  readonly key: string;
  readonly gates: LaneGates;
  /** Its turn comes. A hint: whoever has the turn asks the gates. */
  isReady: boolean;
  /** Not ready: what it waits for. */
  waitsFor: Pool | undefined;
  /** How often it was woken for a slot and found another gate shut, since it last went. */
  passed: number;
  /** Not ready: its starts are; a step of a run under way could go. */
  onlyStarts: boolean;
}

export const noGates: LaneGates = { ofItems: [], ofStarts: [], itemPools: [], runPools: [], pools: [] };
