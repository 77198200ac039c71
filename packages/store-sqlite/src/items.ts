// Rows of the queue: how an item is put in, and how all of a run's are taken out.

import type { StatementSync } from "node:sqlite";
import { isStartRank } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { Lanes } from "./lanes.ts";
import type { Row } from "./rows.ts";

export interface NewItem {
  readonly id: string;
  readonly runSeq: number;
  readonly functionId: number;
  readonly laneKey: string;
  readonly isOwn: boolean;
  readonly stepId: string | null;
  readonly isSleep: boolean;
  readonly race: boolean;
  readonly snapshotLength: number;
  readonly dueAt: number;
  readonly rank: number;
  readonly generation: number;
  readonly attempt: number;
  /** Born held, by this holder; absent: it waits for a claim. */
  readonly holderId?: number;
}

/** What a batch made due, as the hint of its result. */
export interface Wake {
  ready: boolean;
  dueAt: number;
  timerDueAt: number;
}

export function noWake(): Wake {
  return { ready: false, dueAt: Number.POSITIVE_INFINITY, timerDueAt: Number.POSITIVE_INFINITY };
}

export class Items {
  readonly #connection: Connection;
  readonly #lanes: Lanes;
  readonly #insert: StatementSync;
  readonly #ofRun: StatementSync;
  readonly #deleteOfRun: StatementSync;
  readonly #anyOfRun: StatementSync;
  readonly #byId: StatementSync;
  readonly #moved: StatementSync;
  readonly #deleteSleep: StatementSync;
  readonly #ofStep: StatementSync;
  readonly #deleteOne: StatementSync;
  /** Gathered over a batch. */
  wake: Wake = noWake();

  constructor(connection: Connection, lanes: Lanes) {
    this.#connection = connection;
    this.#lanes = lanes;
    const prepare = connection.prepare.bind(connection);
    this.#insert = prepare(`-- stepwell: queue.append
      insert into queue_items (seq, id, run_seq, function_id, lane_key, lane_id, state, own, step_id, sleep, race,
                               snapshot_length, due_at, rank, holder_id, generation, attempt, lease_losses)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`);
    this.#ofRun = prepare(
      "-- stepwell: queue.lanes_of_run\nselect distinct lane_key, function_id from queue_items where run_seq = ? and state = 1",
    );
    this.#deleteOfRun = prepare("-- stepwell: queue.end_run\ndelete from queue_items where run_seq = ?");
    this.#anyOfRun = prepare("-- stepwell: queue.any_of_run\nselect 1 from queue_items where run_seq = ? limit 1");
    this.#deleteSleep = prepare(
      "-- stepwell: queue.end_sleep\ndelete from queue_items where run_seq = ? and step_id = ? and sleep = 1 and own = 0 and state = 0",
    );
    this.#ofStep = prepare(
      "-- stepwell: queue.of_step\nselect seq, state, function_id, lane_key, lane_id, attempt from queue_items where run_seq = ? and step_id = ? and sleep = 0 and own = 0",
    );
    this.#deleteOne = prepare("-- stepwell: queue.drop\ndelete from queue_items where seq = ?");
    this.#byId = prepare("-- stepwell: queue.find\nselect seq, state from queue_items where id = ?");
    this.#moved = prepare(`-- stepwell: queue.requeue
      update queue_items set state = ?, lane_id = ?, due_at = ?, attempt = ?, holder_id = null where seq = ?`);
  }

  /** Returns its place in the order of the store. */
  add(item: NewItem, now: number): number {
    const isHeld = item.holderId !== undefined;
    // A parallel sleep ends in a decision, which the next claim makes of what is parked and due: it stands in no lane.
    const isReady = !isHeld && item.dueAt <= now && (item.isOwn || !item.isSleep);
    const laneId = isReady ? this.#lanes.ensure(item.functionId, item.laneKey, item.isOwn && isStartRank(item.rank)) : null;
    const seq = this.#connection.nextSeq();
    this.#insert.run(
      seq,
      item.id,
      item.runSeq,
      item.functionId,
      item.laneKey,
      laneId,
      isHeld ? 2 : isReady ? 1 : 0,
      item.isOwn ? 1 : 0,
      item.stepId,
      item.isSleep ? 1 : 0,
      item.race ? 1 : 0,
      item.snapshotLength,
      item.dueAt,
      item.rank,
      item.holderId ?? null,
      item.generation,
      item.attempt,
    );
    this.#connection.rowsWritten += 1;
    if (!isHeld) this.#hint(isReady, item.dueAt);
    return seq;
  }

  /** A step's item, born held where its holder has room and every gate lets it through: then its place. */
  addStep(item: NewItem, holderId: number | undefined, now: number): number | undefined {
    const gates = holderId === undefined ? undefined : this.#lanes.gatesForStep(item.functionId, item.laneKey);
    if (holderId === undefined || gates === undefined) {
      this.add(item, now);
      return undefined;
    }
    const seq = this.add({ ...item, generation: 1, holderId }, now);
    this.#lanes.take(item.functionId, gates, { runSeq: item.runSeq, item: seq }, false);
    return seq;
  }

  /** A held item goes back: ready, or parked until it is due. */
  requeue(item: { seq: number; runSeq: number; functionId: number; laneKey: string; dueAt: number; attempt: number }, now: number): void {
    const isReady = item.dueAt <= now;
    this.#lanes.giveStep(item.runSeq, item.seq);
    const laneId = isReady ? this.#lanes.ensure(item.functionId, item.laneKey, false) : null;
    this.#moved.run(isReady ? 1 : 0, laneId, item.dueAt, item.attempt, item.seq);
    this.#connection.rowsWritten += 1;
    this.#hint(isReady, item.dueAt);
  }

  /** A run's own item goes in flight without having been in the queue. False: it must stand in it. */
  takeWoken(run: { readonly seq: number; readonly function_id: number; readonly lane_key: string }): boolean {
    return this.#lanes.leaseWoken(run.function_id, run.lane_key, run.seq);
  }

  hasAny(runSeq: number): boolean {
    return this.#anyOfRun.get(runSeq) !== undefined;
  }

  find(id: string): Row | undefined {
    return this.#byId.get(id);
  }

  removeAll(runSeq: number): void {
    const lanes = this.#ofRun.all(runSeq);
    this.#deleteOfRun.run(runSeq);
    for (const lane of lanes) this.#lanes.settle(Number(lane["function_id"]), String(lane["lane_key"]));
  }

  /** A parked sleep that nobody waits for any more. False: there is none. */
  removeSleep(runSeq: number, stepId: string): boolean {
    const changes = Number(this.#deleteSleep.run(runSeq, stepId).changes);
    this.#connection.rowsWritten += changes;
    return changes > 0;
  }

  /** A step's item that nobody needs any more, held or not: whoever holds it finds its lease gone. */
  removeStep(runSeq: number, stepId: string): void {
    const item = this.#ofStep.get(runSeq, stepId);
    if (item === undefined) return;
    this.#deleteOne.run(Number(item["seq"]));
    this.#lanes.giveStep(runSeq, Number(item["seq"]));
    this.#connection.rowsWritten += 1;
    if (item["state"] === 1) this.#lanes.settle(Number(item["function_id"]), String(item["lane_key"]));
  }

  /** A step's item is not tried again: one that waits for that goes, one whose code runs is left to end. False: it is yet to begin. */
  stopStep(runSeq: number, stepId: string): boolean {
    const item = this.#ofStep.get(runSeq, stepId);
    if (item === undefined) return false;
    if (item["state"] === 2) return true;
    if (item["attempt"] === 0) return false;
    this.removeStep(runSeq, stepId);
    return true;
  }

  #hint(isReady: boolean, dueAt: number): void {
    if (isReady) this.wake.ready = true;
    else if (dueAt < this.wake.dueAt) this.wake.dueAt = dueAt;
  }
}
