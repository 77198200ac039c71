// Who owns slots: items in flight, and runs between their first call and their end.
//
// S1. What is owned follows from the tables (held items, runs that have passed the gates of their start), so nothing is
//     written for it, and after a rollback it is read anew.
// S2. A slot is given back in the unit that ends its owner; a copy of that changes nothing.
// S3. Who owned a slot of a hold when it began stays no probe of it, and who is its probe stays that, however often what is
//     owned is read anew.

import type { StatementSync } from "node:sqlite";
import type { Connection } from "./connection.ts";
import type { LaneGates } from "./lane.ts";
import type { Limits } from "./limits.ts";
import type { Pool } from "./pools.ts";
import { numberOf } from "./rows.ts";

/** In the place of a step's item: the run's own. */
export const ownItem = 0;

export interface Owner {
  readonly runSeq: number;
  /** `ownItem`, or the place of a step's item in the sequence. */
  readonly item: number;
}

/** Where the slots of an item are kept: a run's own by the run's place, a step's by the item's, which is no run's. */
function keyOf({ runSeq, item }: Owner): number {
  return item === ownItem ? runSeq : item;
}

export class Slots {
  readonly #limits: Limits;
  readonly #onFreed: (pool: Pool) => void;
  /** What each owns: runs by their place, for their own items; steps' items by theirs, which are no run's. */
  #ofItem = new Map<number, readonly Pool[]>();
  /** What runs own between their first call and their end. */
  #ofRun = new Map<number, readonly Pool[]>();
  /** The steps' items of a run that own something. */
  #steps = new Map<number, Set<number>>();
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
      // Two searches of the index: those in hand are few, and of the others it gives those that hold.
      `-- stepwell: slots.holding_runs
      select seq, function_id, lane_key from runs where holder_id is null and holds = 1 and ended_at is null
      union all select seq, function_id, lane_key from runs where holder_id >= 0 and holds = 1 and ended_at is null`,
    );
    this.rebuild();
  }

  rebuild(): void {
    this.#ofItem = new Map();
    this.#ofRun = new Map();
    this.#steps = new Map();
    for (const row of this.#heldRuns.all()) this.#own({ runSeq: numberOf(row, "seq"), item: ownItem }, this.#gatesOf(row).itemPools);
    for (const row of this.#heldItems.all())
      this.#own({ runSeq: numberOf(row, "run_seq"), item: numberOf(row, "seq") }, this.#gatesOf(row).itemPools);
    for (const row of this.#holdingRuns.all()) this.#ownAsRun(numberOf(row, "seq"), this.#gatesOf(row).runPools);
  }

  /** The item is in flight: it passed the gates in this unit. */
  take({ itemPools, runPools }: LaneGates, owner: Owner, isStart: boolean): void {
    // Whatever it was in flight for before, what it is in flight for now comes after the hold.
    for (const pool of itemPools) pool.elders.delete(keyOf(owner));
    this.#own(owner, itemPools);
    if (isStart) this.#ownAsRun(owner.runSeq, runPools);
  }

  /** The item is in flight no longer. */
  give({ runSeq, item }: Owner): void {
    if (this.#ofItem.size === 0) return;
    if (item !== ownItem) this.#forgetStep(runSeq, item);
    this.#free(this.#ofItem, keyOf({ runSeq, item }));
  }

  endRun(runSeq: number): void {
    if (this.#ofItem.size === 0 && this.#ofRun.size === 0) return;
    this.#free(this.#ofItem, runSeq);
    this.#free(this.#ofRun, runSeq);
    const steps = this.#steps.get(runSeq);
    if (steps === undefined) return;
    this.#steps.delete(runSeq);
    for (const item of steps) this.#free(this.#ofItem, item);
  }

  /** The items that own slots of a pool. */
  itemsOf(pool: Pool): readonly number[] {
    return [...this.#ofItem].flatMap(([key, pools]) => (pools.includes(pool) ? [key] : []));
  }

  /** The runs that own slots of a pool. */
  ownersOf(pool: Pool): readonly number[] {
    const runOf = new Map([...this.#steps].flatMap(([runSeq, items]) => [...items].map((item) => [item, runSeq] as const)));
    const owners = [...this.#ofItem, ...this.#ofRun].filter(([, pools]) => pools.includes(pool));
    return [...new Set(owners.map(([owner]) => runOf.get(owner) ?? owner))];
  }

  #gatesOf(row: Readonly<Record<string, unknown>>): LaneGates {
    return this.#limits.gatesOf(Number(row["function_id"]), String(row["lane_key"]));
  }

  #own(owner: Owner, pools: readonly Pool[]): void {
    if (pools.length === 0) return;
    const key = keyOf(owner);
    for (const pool of pools) {
      pool.used += 1;
      if (pool.kind === "hold" && !pool.elders.has(key)) pool.probes += 1;
    }
    this.#ofItem.set(key, pools);
    const { runSeq, item } = owner;
    if (item === ownItem) return;
    const steps = this.#steps.get(runSeq);
    if (steps === undefined) this.#steps.set(runSeq, new Set([item]));
    else steps.add(item);
  }

  #ownAsRun(runSeq: number, pools: readonly Pool[]): void {
    if (pools.length === 0) return;
    for (const pool of pools) pool.used += 1;
    this.#ofRun.set(runSeq, pools);
  }

  #forgetStep(runSeq: number, item: number): void {
    const steps = this.#steps.get(runSeq);
    if (steps?.delete(item) === true && steps.size === 0) this.#steps.delete(runSeq);
  }

  #free(owned: Map<number, readonly Pool[]>, owner: number): void {
    const pools = owned.get(owner);
    if (pools === undefined) return;
    owned.delete(owner);
    for (const pool of pools) {
      pool.used -= 1;
      if (pool.kind === "hold" && !pool.elders.has(owner)) pool.probes -= 1;
    }
    for (const pool of pools) this.#onFreed(pool);
  }
}
