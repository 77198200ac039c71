// Who owns slots: items in flight, and runs between their first call and their end.
//
// S1. What is owned follows from the tables (held items, runs that have passed the gates of their start), so nothing is
//     written for it, and after a rollback it is read anew.
// S2. A slot is given back in the unit that ends its owner; a copy of that changes nothing.

import type { StatementSync } from "node:sqlite";
import type { Connection } from "./connection.ts";
import type { LaneGates } from "./lane.ts";
import type { Limits } from "./limits.ts";
import type { Pool } from "./pools.ts";

/** Owners within a run: its own item, the run as a whole; a step's item by its place in the sequence. */
export const ownItem = 0;
const wholeRun = -1;

export interface Owner {
  readonly runSeq: number;
  /** `ownItem`, or the place of a step's item. */
  readonly item: number;
}

export class Slots {
  readonly #limits: Limits;
  readonly #onFreed: (pool: Pool) => void;
  #ofRun = new Map<number, Map<number, readonly Pool[]>>();
  readonly #heldRuns: StatementSync;
  readonly #heldItems: StatementSync;
  readonly #holdingRuns: StatementSync;

  constructor(connection: Connection, limits: Limits, onFreed: (pool: Pool) => void) {
    this.#limits = limits;
    this.#onFreed = onFreed;
    this.#heldRuns = connection.prepare(
      "-- stepwell: slots.held_runs\nselect seq, function_id, lane_key from runs where holder_id > 0 and ended_at is null",
    );
    this.#heldItems = connection.prepare(
      "-- stepwell: slots.held_items\nselect seq, run_seq, function_id, lane_key from queue_items where holder_id > 0 and state = 2",
    );
    this.#holdingRuns = connection.prepare(
      "-- stepwell: slots.holding_runs\nselect seq, function_id, lane_key from runs where holds = 1 and ended_at is null",
    );
    this.rebuild();
  }

  rebuild(): void {
    this.#ofRun = new Map();
    for (const row of this.#heldRuns.all()) this.#takeAgain(row, Number(row["seq"]), ownItem);
    for (const row of this.#heldItems.all()) this.#takeAgain(row, Number(row["run_seq"]), Number(row["seq"]));
    for (const row of this.#holdingRuns.all()) this.#takeAgain(row, Number(row["seq"]), wholeRun);
  }

  /** The item is in flight: it passed the gates in this unit. */
  take(functionId: number, gates: LaneGates, { runSeq, item }: Owner, isStart: boolean): void {
    this.#own(runSeq, item, this.#poolsOfItem(functionId, gates));
    if (isStart) this.#own(runSeq, wholeRun, poolsOfRun(gates));
  }

  /** The item is in flight no longer. */
  give({ runSeq, item }: Owner): void {
    if (this.#ofRun.size === 0) return;
    const owned = this.#ofRun.get(runSeq);
    const pools = owned?.get(item);
    if (owned === undefined || pools === undefined) return;
    owned.delete(item);
    if (owned.size === 0) this.#ofRun.delete(runSeq);
    this.#free(pools);
  }

  endRun(runSeq: number): void {
    if (this.#ofRun.size === 0) return;
    const owned = this.#ofRun.get(runSeq);
    if (owned === undefined) return;
    this.#ofRun.delete(runSeq);
    for (const pools of owned.values()) this.#free(pools);
  }

  /** The runs that own slots of a pool. */
  ownersOf(pool: Pool): readonly number[] {
    const owns = (pools: readonly Pool[]): boolean => pools.includes(pool);
    return [...this.#ofRun].filter(([, owned]) => [...owned.values()].some(owns)).map(([runSeq]) => runSeq);
  }

  #takeAgain(row: Readonly<Record<string, unknown>>, runSeq: number, owner: number): void {
    const functionId = Number(row["function_id"]);
    const gates = this.#limits.gatesOf(functionId, String(row["lane_key"]));
    this.#own(runSeq, owner, owner === wholeRun ? poolsOfRun(gates) : this.#poolsOfItem(functionId, gates));
  }

  #poolsOfItem(functionId: number, gates: LaneGates): readonly Pool[] {
    return gates.ofItems.filter((gate) => this.#limits.isCounted(functionId, gate)).map(({ pool }) => pool);
  }

  #own(runSeq: number, owner: number, pools: readonly Pool[]): void {
    if (pools.length === 0) return;
    for (const pool of pools) pool.used += 1;
    const owned = this.#ofRun.get(runSeq);
    if (owned === undefined) this.#ofRun.set(runSeq, new Map([[owner, pools]]));
    else owned.set(owner, pools);
  }

  #free(pools: readonly Pool[]): void {
    for (const pool of pools) pool.used -= 1;
    for (const pool of pools) this.#onFreed(pool);
  }
}

function poolsOfRun(gates: LaneGates): readonly Pool[] {
  return gates.ofStarts.filter(({ pool }) => pool.kind === "run").map(({ pool }) => pool);
}
