// Claims, and what a dead holder leaves behind.

import type { StatementSync } from "node:sqlite";
import { type EpochMs, type ItemId, invariant, limits, type RunId, type StepId, type StoreSeq } from "@stepwell/protocol";
import {
  type ClaimedItem,
  type ClaimParams,
  type ClaimResult,
  type FunctionId,
  type FunctionLimits,
  type HeldItem,
  type HolderId,
  isStartRank,
  type LaneHold,
  type QueueMeasure,
  type QueuePlace,
  type QueueStore,
} from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { HeldItems } from "./held-items.ts";
import type { Items } from "./items.ts";
import type { Journal } from "./journal.ts";
import type { Lane } from "./lane.ts";
import type { Lanes } from "./lanes.ts";
import type { ShutGate } from "./limits.ts";
import { QueuePlaces } from "./queue-places.ts";
import type { RunRow, RunRows } from "./run-row.ts";
import { ownItem } from "./slots.ts";

export interface QueueParts {
  readonly connection: Connection;
  readonly items: Items;
  readonly lanes: Lanes;
  readonly journal: Journal;
  readonly runs: RunRows;
  readonly epoch: number;
  readonly holderId: number;
}

/** Parked items that one claim makes ready at most, so that ten thousand that are due at once are several short commits. */
const promotedPerClaimMax = 500;

interface ItemRow {
  readonly seq: number;
  readonly id: string;
  readonly run_seq: number;
  readonly function_id: number;
  readonly lane_key: string;
  readonly own: number;
  readonly step_id: string | null;
  readonly sleep: number;
  readonly race: number;
  readonly snapshot_length: number;
  readonly due_at: number;
  readonly rank: number;
  readonly generation: number;
  readonly attempt: number;
  readonly lease_losses: number;
}

/** What a claim needs of a run whose own item it takes. */
type TakenRun = Pick<RunRow, "id" | "seq" | "generation" | "attempt" | "lease_losses" | "journal_length">;

const itemColumns =
  "seq, id, run_seq, function_id, lane_key, own, step_id, sleep, race, snapshot_length, due_at, rank, generation, attempt, lease_losses";

export class Queue implements QueueStore {
  readonly #parts: QueueParts;
  readonly #places: QueuePlaces;
  readonly #held: HeldItems;
  readonly #due: StatementSync;
  readonly #promote: StatementSync;
  readonly #removeAll: StatementSync;
  readonly #takeOwn: StatementSync;
  readonly #takeAwake: StatementSync;
  readonly #wake: StatementSync;
  readonly #hasBegun: StatementSync;
  readonly #admit: StatementSync;
  readonly #take: StatementSync;
  readonly #hold: StatementSync;
  readonly #remove: StatementSync;
  readonly #nextDue: StatementSync;
  readonly #heldRuns: StatementSync;
  readonly #heldItems: StatementSync;
  readonly #loseItem: StatementSync;
  readonly #measure: StatementSync;
  readonly #heldOwn: StatementSync;
  readonly #oldest: StatementSync;

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.#places = new QueuePlaces(parts.connection, parts.lanes);
    this.#held = new HeldItems(parts.connection);
    const prepare = parts.connection.prepare.bind(parts.connection);
    this.#due = prepare(
      `-- stepwell: queue.due\nselect ${itemColumns} from queue_items where state = 0 and due_at <= ? order by due_at limit ? + 0`,
    );
    this.#promote = prepare(
      "-- stepwell: queue.promote\nupdate queue_items set state = 1, lane_id = ? where seq in (select value from json_each(?))",
    );
    this.#removeAll = prepare("-- stepwell: queue.remove claimed\ndelete from queue_items where seq in (select value from json_each(?))");
    const taken = "returning id, seq, generation, attempt, lease_losses, journal_length";
    this.#takeOwn = prepare(`-- stepwell: queue.claim run
      update runs set holder_id = ?, generation = generation + 1, status = 1, woken = 0 where seq = ? and ended_at is null ${taken}`);
    // The memo of a sleep is `null`, four bytes.
    this.#takeAwake = prepare(`-- stepwell: queue.claim awake
      update runs set holder_id = ?, generation = generation + 1, status = 1, woken = 0, plan = iif(version >= 2, 0, plan),
                      journal_length = journal_length + 1, state_bytes = state_bytes + 4
       where seq = ? and ended_at is null ${taken}`);
    this.#wake = prepare(`-- stepwell: queue.wake
      update journal_entries set state = 4, ord = ?, memo = 'null', ended_at = ? where run_seq = ? and step_id = ? and state <= 3 and group_no = 0`);
    this.#hasBegun = prepare("-- stepwell: queue.has_begun\nselect holds from runs where seq = ?");
    this.#admit = prepare("-- stepwell: queue.admit\nupdate runs set holds = 1 where seq = ?");
    this.#take = prepare(
      `-- stepwell: queue.claim items\nselect ${itemColumns} from queue_items where lane_id = ? and state = 1 order by rank, seq limit ? + 0`,
    );
    this.#hold = prepare(
      "-- stepwell: queue.hold\nupdate queue_items set state = 2, lane_id = null, holder_id = ?, generation = generation + 1 where seq = ?",
    );
    this.#remove = prepare("-- stepwell: queue.remove\ndelete from queue_items where seq = ?");
    this.#nextDue = prepare("-- stepwell: queue.next_due\nselect due_at from queue_items where state = 0 order by due_at limit 1");
    this.#heldRuns = prepare(
      "-- stepwell: queue.take_over runs\nselect seq from runs where holder_id < ? and ended_at is null limit ? + 0",
    );
    this.#heldItems = prepare(
      `-- stepwell: queue.take_over items\nselect ${itemColumns} from queue_items where holder_id < ? and state = 2 limit ? + 0`,
    );
    this.#measure = prepare("-- stepwell: queue.measure\nselect state, count(*) as count from queue_items group by state");
    this.#heldOwn = prepare(
      "-- stepwell: queue.measure held\nselect count(*) as count from runs where holder_id is not null and ended_at is null",
    );
    this.#oldest = prepare(`-- stepwell: queue.oldest
      select min(due_at) as due_at from (select min(due_at) as due_at from queue_items where state = 1
                                          union all select min(due_at) from queue_items where state = 0)`);
    this.#loseItem = prepare("-- stepwell: queue.lose\nupdate queue_items set lease_losses = lease_losses + 1 where seq = ?");
  }

  async claim(params: ClaimParams): Promise<ClaimResult> {
    const { connection, lanes } = this.#parts;
    if (params.epoch !== this.#parts.epoch || params.limit <= 0) return { items: [], more: false };
    lanes.now = params.now;
    const due = this.#due.all(params.now, promotedPerClaimMax) as unknown as readonly ItemRow[];
    // Idle: nothing to promote and no lane. A claim that finds nothing writes nothing.
    if (due.length === 0 && lanes.isIdle) return { items: [], more: false, ...this.#next() };
    const items = connection.transaction(
      () => {
        this.#makeReady(due, params.now);
        lanes.openDue();
        return this.#takeTurns(params);
      },
      () => lanes.rebuild(),
    );
    const more = due.length === promotedPerClaimMax || lanes.hasAnyBut(new Set<number>(params.except ?? []));
    return { items, more, ...this.#next() };
  }

  async takeOver(params: {
    readonly now: EpochMs;
    readonly epoch: number;
    readonly limit: number;
    readonly countLosses: boolean;
  }): Promise<{ readonly freed: number; readonly suspects: number; readonly more: boolean }> {
    const { connection, holderId, lanes } = this.#parts;
    lanes.now = params.now;
    const losses = connection.transaction(
      () => {
        const runs = this.#heldRuns.all(holderId, params.limit);
        const items = this.#heldItems.all(holderId, params.limit - runs.length) as unknown as readonly ItemRow[];
        return [...runs.map(({ seq }) => this.#freeRun(Number(seq), params)), ...items.map((item) => this.#freeItem(item, params))];
      },
      () => lanes.rebuild(),
    );
    const suspects = losses.filter((lost) => lost >= limits.leaseLossesSuspect).length;
    return { freed: losses.length, suspects, more: losses.length >= params.limit };
  }

  async listHeld({ holderId }: { readonly holderId: HolderId }): Promise<readonly HeldItem[]> {
    return this.#held.of(holderId);
  }

  async setLimits(functions: readonly FunctionLimits[]): Promise<void> {
    this.#parts.lanes.setLimits(functions);
  }

  async hold(hold: LaneHold): Promise<void> {
    this.#parts.lanes.hold(hold);
  }

  async explain({
    runId,
    now,
    limit,
  }: {
    readonly runId: RunId;
    readonly now: EpochMs;
    readonly limit: number;
  }): Promise<readonly QueuePlace[]> {
    return this.#places.of(runId, now, limit);
  }

  async measure(params: { readonly now: EpochMs }): Promise<QueueMeasure> {
    const counts = new Map(this.#measure.all().map((row) => [Number(row["state"]), Number(row["count"])]));
    const oldest = this.#oldest.get()?.["due_at"];
    return {
      parked: counts.get(0) ?? 0,
      ready: counts.get(1) ?? 0,
      held: (counts.get(2) ?? 0) + Number(this.#heldOwn.get()?.["count"] ?? 0),
      oldestReadyMs: typeof oldest === "number" ? Math.max(0, params.now - oldest) : 0,
    };
  }

  #next(): { readonly nextDueAt?: EpochMs } {
    const dueAt = this.#nextDue.get()?.["due_at"];
    const parkedUntil = typeof dueAt === "number" ? dueAt : Number.POSITIVE_INFINITY;
    const nextDueAt = Math.min(parkedUntil, this.#parts.lanes.opensAt ?? Number.POSITIVE_INFINITY);
    return nextDueAt === Number.POSITIVE_INFINITY ? {} : { nextDueAt: nextDueAt as EpochMs };
  }

  /** What ends in a call becomes ready in its lane. A parallel sleep ends here, in a decision. */
  #makeReady(due: readonly ItemRow[], now: number): void {
    const byLane = new Map<number, number[]>();
    for (const item of due) {
      if (item.own === 0 && item.sleep === 1) {
        this.#endParallelSleep(item, now);
        continue;
      }
      const laneId = this.#parts.lanes.ensure(item.function_id, item.lane_key, isStart(item));
      const seqs = byLane.get(laneId);
      if (seqs === undefined) byLane.set(laneId, [item.seq]);
      else seqs.push(item.seq);
    }
    for (const [laneId, seqs] of byLane) this.#promote.run(laneId, JSON.stringify(seqs));
  }

  /** Its step settles, and the run's own item may be due. */
  #endParallelSleep(item: ItemRow, now: number): void {
    const { runs, journal } = this.#parts;
    this.#remove.run(item.seq);
    const run = runs.find(item.run_seq);
    if (run === undefined || run.ended_at !== null || item.step_id === null) return;
    journal.endSleep(run, item.step_id, item.race === 1 || run.version < 2 ? "always" : "group", now);
    if (journal.keepAlive(run, now)) run.empty_replies += 1;
    runs.write(run);
  }

  /** A function that had its turn comes after all others, and so does a lane of the function. */
  #takeTurns(params: ClaimParams): readonly ClaimedItem[] {
    const { lanes } = this.#parts;
    const claimed: ClaimedItem[] = [];
    const except = new Set<number>(params.except ?? []);
    lanes.passOver(except);
    while (claimed.length < params.limit) {
      const turn = lanes.nextTurn(except);
      if (turn === undefined) break;
      const [lane] = turn.ready;
      invariant(lane !== undefined, "a function has its turn while one of its lanes is ready");
      const before = claimed.length;
      const shut = this.#takeTurn(lane, params, claimed);
      lanes.endTurn(turn, lane, shut, claimed.length > before);
    }
    return claimed;
  }

  /** What kept the lane from more: the gate that was shut. `undefined`: its turn was over, or it is empty. */
  #takeTurn(lane: Lane, params: ClaimParams, claimed: ClaimedItem[]): ShutGate | undefined {
    const perTurn = this.#parts.lanes.isContended(lane) ? 1 : Math.max(1, params.perLane);
    const room = Math.min(perTurn, params.limit - claimed.length);
    let shut = this.#parts.lanes.shutGate(lane, false);
    if (shut !== undefined) return shut;
    const left: number[] = [];
    for (const row of this.#take.all(lane.id, room) as unknown as readonly ItemRow[]) {
      const begins = lane.gates.ofStarts.length > 0 && isStart(row) && Number(this.#hasBegun.get(row.run_seq)?.["holds"]) !== 1;
      shut = this.#parts.lanes.shutGate(lane, begins);
      if (shut !== undefined) break;
      const item = row.own === 1 ? this.#claimOwn(row, params) : this.#claimStep(row, params);
      // The run's own item leaves its row: from now on the run's row names the holder.
      if (row.own === 1) left.push(row.seq);
      if (item === undefined) continue;
      claimed.push(item);
      this.#parts.lanes.take(lane.functionId, lane.gates, { runSeq: row.run_seq, item: item.itemSeq ?? ownItem }, begins);
      if (begins) this.#admit.run(row.run_seq);
    }
    if (left.length > 0) this.#removeAll.run(JSON.stringify(left));
    return shut;
  }

  #claimOwn(row: ItemRow, params: ClaimParams): ClaimedItem | undefined {
    const isAwake = row.sleep === 1 && row.step_id !== null;
    const run = (isAwake ? this.#takeAwake : this.#takeOwn).get(params.holderId, row.run_seq) as TakenRun | undefined;
    if (run === undefined) return undefined;
    this.#parts.connection.rowsWritten += 1;
    if (isAwake && row.step_id !== null) this.#endOwnSleep(run, row.step_id, params.now);
    return {
      kind: "own",
      itemId: run.id as ItemId,
      ...shared(row, run),
      generation: run.generation,
      attempt: run.attempt,
      leaseLosses: run.lease_losses,
    };
  }

  /** The short way holds for a sleep that is open and in no group, as a run's own sleep is; otherwise its row is settled at length. */
  #endOwnSleep(taken: TakenRun, stepId: string, now: number): void {
    const { runs, journal, connection } = this.#parts;
    const { changes } = this.#wake.run(taken.journal_length, now, taken.seq, stepId);
    connection.rowsWritten += Number(changes);
    const run = changes === 1 ? undefined : runs.find(taken.seq);
    if (run === undefined) return;
    run.journal_length -= 1;
    run.state_bytes -= 4;
    journal.endSleep(run, stepId, "never", now);
    runs.write(run);
  }

  #claimStep(row: ItemRow, params: ClaimParams): ClaimedItem | undefined {
    const run = this.#parts.runs.find(row.run_seq);
    if (run === undefined || run.ended_at !== null) {
      this.#remove.run(row.seq);
      return undefined;
    }
    this.#hold.run(params.holderId, row.seq);
    this.#parts.connection.rowsWritten += 1;
    const request = this.#parts.journal.requestOf(row.run_seq, row.step_id ?? "");
    return {
      kind: "step",
      itemId: row.id as ItemId,
      itemSeq: row.seq as StoreSeq,
      stepId: (row.step_id ?? "") as StepId,
      snapshotLength: row.snapshot_length,
      ...(request === undefined ? {} : { request }),
      ...shared(row, run),
      generation: row.generation + 1,
      attempt: row.attempt,
      leaseLosses: row.lease_losses,
    };
  }

  /** How often it has been lost. */
  #freeRun(seq: number, params: { readonly now: EpochMs; readonly countLosses: boolean }): number {
    const { runs, journal } = this.#parts;
    const run = runs.find(seq);
    if (run === undefined) return 0;
    run.holder_id = null;
    this.#parts.lanes.giveOwn(run.seq);
    if (params.countLosses) run.lease_losses += 1;
    journal.queueOwn(run, params.now, run.attempt);
    runs.write(run);
    return run.lease_losses;
  }

  /** How often it has been lost. */
  #freeItem(item: ItemRow, params: { readonly now: EpochMs; readonly countLosses: boolean }): number {
    this.#parts.items.requeue(
      {
        seq: item.seq,
        runSeq: item.run_seq,
        functionId: item.function_id,
        laneKey: item.lane_key,
        dueAt: params.now,
        attempt: item.attempt,
      },
      params.now,
    );
    if (!params.countLosses) return item.lease_losses;
    this.#loseItem.run(item.seq);
    return item.lease_losses + 1;
  }
}

/** The run has not been called yet, or was given back unused. */
function isStart({ own, rank }: ItemRow): boolean {
  return own === 1 && isStartRank(rank);
}

function shared(
  row: ItemRow,
  run: Pick<RunRow, "seq" | "id">,
): Pick<ClaimedItem, "race" | "runSeq" | "runId" | "functionId" | "laneKey" | "rank" | "dueAt"> {
  return {
    race: row.race === 1,
    runSeq: run.seq as StoreSeq,
    runId: run.id as RunId,
    functionId: row.function_id as FunctionId,
    laneKey: row.lane_key,
    rank: row.rank,
    dueAt: row.due_at as EpochMs,
  };
}
