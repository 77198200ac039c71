// Lanes: rows while they have a ready item; in memory their turns, and what those wait for that cannot go.
//
// L1. A lane that is ready is asked for at its turn, and only then finds out whether its gates let it through. Being
//     ready too often costs a look; so after a rollback all lanes are.
// L2. A lane that is not ready waits for one pool. Whatever may open a gate wakes the first that waits for it and can go.

import type { StatementSync } from "node:sqlite";
import type { FunctionLimits, LaneHold, LimitRule } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { type Lane, type LaneGates, noGates } from "./lane.ts";
import { Limits, type ShutGate } from "./limits.ts";
import { type Pool, shutUntil, waitAt } from "./pools.ts";
import { type Owner, ownItem, Slots } from "./slots.ts";
import { WakeTimes } from "./wake-times.ts";

/** So often a lane that needs several slots lets others go first. */
const passesMax = 8;

/** The lanes of a function that have a ready item. */
export interface Turn {
  readonly functionId: number;
  readonly lanes: Map<string, Lane>;
  /** In the order of their turns. */
  readonly ready: Set<Lane>;
}

export interface ExplainedGate {
  readonly pool: Pool;
  readonly rule: LimitRule | undefined;
  readonly value: string;
  /** As of `shutUntil`. */
  readonly until: number | undefined;
  /** Runs, by their place in the sequence. */
  readonly owners: readonly number[];
  /** Lanes that wait for it in the order of their turns; absent: the lane that was asked about does not. */
  readonly waiters?: ReadonlySet<Lane>;
}

export class Lanes {
  readonly #connection: Connection;
  readonly #limits: Limits;
  readonly #slots: Slots;
  #turns = new Map<number, Turn>();
  /** Functions with a ready lane, in the order of their turns. */
  #ready = new Set<Turn>();
  readonly #times = new WakeTimes<Pool>();
  readonly #insertLane: StatementSync;
  readonly #hasReady: StatementSync;
  readonly #deleteLane: StatementSync;
  readonly #all: StatementSync;
  /** Of the present transaction. */
  now = 0;
  /** A lane became ready since it was last asked. */
  #hasWoken = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    const prepare = connection.prepare.bind(connection);
    this.#insertLane = prepare("-- stepwell: lanes.begin\ninsert into lanes (function_id, key) values (?, ?)");
    this.#hasReady = prepare("-- stepwell: lanes.has_ready\nselect 1 from queue_items where lane_id = ? and state = 1 limit 1");
    this.#deleteLane = prepare("-- stepwell: lanes.end\ndelete from lanes where id = ?");
    this.#all = prepare("-- stepwell: lanes.mirror\nselect id, function_id, key from lanes");
    this.#limits = new Limits(connection);
    this.#slots = new Slots(connection, this.#limits, (pool) => this.#onFreed(pool));
    this.#readLanes();
  }

  /** After every rollback, and when limits changed. */
  rebuild(): void {
    this.#limits.rebuild(this.now);
    this.#slots.rebuild();
    this.#readLanes();
  }

  #readLanes(): void {
    this.#turns = new Map();
    this.#ready = new Set();
    this.#times.clear();
    for (const row of this.#all.all()) this.#begin(Number(row["id"]), Number(row["function_id"]), String(row["key"]));
    if (this.#ready.size > 0) this.#hasWoken = true;
  }

  setLimits(functions: readonly FunctionLimits[]): void {
    for (const limits of functions) this.#limits.setRules(limits);
    this.rebuild();
  }

  hold(hold: LaneHold): void {
    if (this.#limits.setHold(hold)) this.rebuild();
    const pool = this.#limits.beginHold(hold, (held) => this.#slots.itemsOf(held));
    this.#onFreed(pool);
  }

  get isIdle(): boolean {
    return this.#ready.size === 0 && (this.#times.nextAt === undefined || this.#times.nextAt > this.now);
  }

  /** When a gate opens by itself. */
  get opensAt(): number | undefined {
    return this.#times.nextAt;
  }

  takeWoken(): boolean {
    const hasWoken = this.#hasWoken;
    this.#hasWoken = false;
    return hasWoken;
  }

  /** Whether a function that is not among these has a lane that is ready. */
  hasAnyBut(functionIds: ReadonlySet<number>): boolean {
    if (functionIds.size === 0) return this.#ready.size !== 0;
    for (const { functionId } of this.#ready) if (!functionIds.has(functionId)) return true;
    return false;
  }

  /** Functions that are not called leave what their lanes were woken for to the next that waits for it. */
  passOver(except: ReadonlySet<number>): void {
    if (except.size === 0) return;
    const { reservedFor } = this.#limits;
    if (reservedFor !== undefined && except.has(reservedFor.functionId)) this.#endReservation();
    for (const { functionId, ready } of this.#ready) if (except.has(functionId)) for (const lane of ready) this.#passOn(lane);
  }

  /** The function whose turn it is. */
  nextTurn(except: ReadonlySet<number>): Turn | undefined {
    for (const turn of this.#ready) if (!except.has(turn.functionId)) return turn;
    return undefined;
  }

  /**
   * What a run must have passed to be born leased; `undefined`: it queues, because its lane has elders, a lane waits for
   * one of its gates, or one is shut.
   */
  gatesForBirth(functionId: number, key: string): LaneGates | undefined {
    if (this.#turns.size !== 0 && this.#turns.get(functionId)?.lanes.has(key) === true) return undefined;
    if (this.#limits.isOpen(functionId, key)) return noGates;
    const gates = this.#limits.gatesOf(functionId, key);
    for (const pool of gates.pools) if (pool.waiters.size > 0 || pool.readyLanes > 0) return this.#refuse(gates);
    return this.#limits.shutGate({ functionId, gates }, true, this.now) === undefined ? gates : this.#refuse(gates);
  }

  /** Whether a step may be born held: nothing that is ready or waits would be overtaken. */
  gatesForStep(functionId: number, key: string): LaneGates | undefined {
    if (this.#limits.isOpen(functionId, key)) return noGates;
    const gates = this.#limits.gatesOf(functionId, key);
    for (const { pool } of gates.ofItems) if (pool.waiters.size > 0 || pool.readyLanes > 0) return this.#refuse(gates);
    return this.#limits.shutGate({ functionId, gates }, false, this.now) === undefined ? gates : this.#refuse(gates);
  }

  /** A run that is woken goes in flight at once, where its lane has no elders and every gate lets it through. */
  leaseWoken(functionId: number, key: string, runSeq: number): boolean {
    if (this.#turns.get(functionId)?.lanes.has(key) === true) return false;
    const gates = this.gatesForStep(functionId, key);
    if (gates === undefined) return false;
    this.take(functionId, gates, { runSeq, item: ownItem }, false);
    return true;
  }

  #refuse(gates: LaneGates): undefined {
    for (const pool of gates.pools) this.#limits.settle(pool, this.now);
    return undefined;
  }

  shutGate(lane: Lane, isStart: boolean): ShutGate | undefined {
    return this.#limits.shutGate({ functionId: lane.functionId, gates: lane.gates, lane }, isStart, this.now);
  }

  /** Other lanes want the same slots: then a turn is one item, or the first would take all that became free. */
  isContended({ gates }: Lane): boolean {
    if (gates === noGates) return false;
    for (const { waiters, readyLanes } of gates.pools) if (waiters.size > 0 || readyLanes > 1) return true;
    return false;
  }

  /** Everything that an item of a lane must pass, in the order in which it is asked. */
  explain(functionId: number, key: string, isStart: boolean, now: number): readonly ExplainedGate[] {
    const { ofItems, ofStarts } = this.#limits.gatesOf(functionId, key);
    const waitsFor = this.#turns.get(functionId)?.lanes.get(key)?.waitsFor;
    const explained = [...ofItems, ...(isStart ? ofStarts : [])].map((gate): ExplainedGate => {
      const rule = this.#limits.ruleOf(functionId, gate);
      const until = shutUntil(gate.pool, rule, now);
      const waiters = gate.pool === waitsFor ? { waiters: gate.pool.waiters } : {};
      return { pool: gate.pool, rule, value: gate.value, until, owners: this.#slots.ownersOf(gate.pool), ...waiters };
    });
    for (const { pool } of explained) this.#limits.settle(pool, now);
    return explained.filter(({ pool, rule }) => pool.kind === "hold" || rule !== undefined);
  }

  /** An item goes in flight. `isStart`: it is the first of its run to do so. */
  take(functionId: number, gates: LaneGates, owner: Owner, isStart: boolean): void {
    if (gates === noGates) return;
    this.#slots.take(gates, owner, isStart);
    if (isStart) this.#limits.arrive(functionId, gates, this.now);
  }

  /** A run's own item is in flight no longer. */
  giveOwn(runSeq: number): void {
    this.#slots.give({ runSeq, item: ownItem });
  }

  giveStep(runSeq: number, itemSeq: number): void {
    this.#slots.give({ runSeq, item: itemSeq });
  }

  endRun(runSeq: number): void {
    this.#slots.endRun(runSeq);
  }

  /** The lane's id, which begins here when it has none. A new lane comes after all others. */
  ensure(functionId: number, key: string, isStart: boolean): number {
    const known = this.#turns.get(functionId)?.lanes.get(key);
    if (known !== undefined) {
      if (!known.isReady && known.onlyStarts && !isStart) this.#wake(known);
      return known.id;
    }
    const id = Number(this.#insertLane.run(functionId, key).lastInsertRowid);
    this.#connection.rowsWritten += 1;
    this.#begin(id, functionId, key);
    return id;
  }

  /** The lane has had its turn, and so has its function. `shut`: what kept it from going on. */
  endTurn(turn: Turn, lane: Lane, shut: ShutGate | undefined, hasGone: boolean): void {
    if (hasGone) this.#goneOn(lane);
    turn.ready.delete(lane);
    this.#ready.delete(turn);
    const goesOn = this.#hasReady.get(lane.id) !== undefined;
    if (!goesOn) this.#end(turn, lane);
    else if (shut !== undefined) this.#park(lane, shut);
    // Who is woken by what it left has its turn before it.
    this.#passOn(lane);
    if (goesOn && shut === undefined) turn.ready.add(lane);
    if (turn.ready.size > 0) this.#ready.add(turn);
  }

  /** Ends a lane that has no ready item. */
  settle(functionId: number, key: string): void {
    const turn = this.#turns.get(functionId);
    const lane = turn?.lanes.get(key);
    if (turn === undefined || lane === undefined || this.#hasReady.get(lane.id) !== undefined) return;
    turn.ready.delete(lane);
    if (turn.ready.size === 0) this.#ready.delete(turn);
    this.#end(turn, lane);
    this.#passOn(lane);
  }

  /** What waited for this moment is looked at. */
  openDue(): void {
    for (let pool = this.#times.takeDue(this.now); pool !== undefined; pool = this.#times.takeDue(this.now)) {
      pool.wakesAt = Number.POSITIVE_INFINITY;
      this.#wakeFirst(pool);
    }
    this.#limits.sweep(this.now);
  }

  #goneOn(lane: Lane): void {
    lane.passed = 0;
    if (this.#limits.reservedFor === lane) this.#endReservation();
  }

  #endReservation(): void {
    for (const pool of this.#limits.endReservation()) this.#onFreed(pool);
  }

  #begin(id: number, functionId: number, key: string): void {
    const gates = this.#limits.gatesOf(functionId, key);
    const lane: Lane = { id, functionId, key, gates, isReady: false, waitsFor: undefined, passed: 0, onlyStarts: false };
    const turn = this.#turns.get(functionId) ?? { functionId, lanes: new Map<string, Lane>(), ready: new Set<Lane>() };
    this.#turns.set(functionId, turn);
    turn.lanes.set(key, lane);
    for (const pool of gates.pools) pool.lanes += 1;
    this.#makeReady(turn, lane);
  }

  #makeReady(turn: Turn, lane: Lane): void {
    lane.isReady = true;
    lane.waitsFor = undefined;
    for (const pool of lane.gates.pools) pool.readyLanes += 1;
    turn.ready.add(lane);
    this.#ready.add(turn);
  }

  #wake(lane: Lane): void {
    const turn = this.#turns.get(lane.functionId);
    if (turn === undefined) return;
    lane.waitsFor?.waiters.delete(lane);
    this.#makeReady(turn, lane);
    this.#hasWoken = true;
  }

  #unready(lane: Lane): void {
    if (!lane.isReady) return;
    lane.isReady = false;
    for (const pool of lane.gates.pools) pool.readyLanes -= 1;
  }

  #park(lane: Lane, shut: ShutGate): void {
    this.#unready(lane);
    lane.onlyStarts = shut.onlyStarts;
    this.#waitFor(lane, shut);
  }

  #waitFor(lane: Lane, { pool, until }: ShutGate): void {
    const reserved = this.#limits.reservedFor === lane ? this.#limits.reservedPools : undefined;
    lane.waitsFor?.waiters.delete(lane);
    lane.waitsFor = pool;
    waitAt(pool, lane);
    this.#lookAt(pool, until);
    // While it waits for this it may keep less for itself than before.
    const stillReserved = this.#limits.reservedPools;
    for (const other of reserved ?? []) if (!stillReserved.has(other)) this.#onFreed(other);
  }

  #lookAt(pool: Pool, at: number): void {
    if (at >= pool.wakesAt) return;
    pool.wakesAt = at;
    this.#times.add(at, pool);
  }

  #end(turn: Turn, lane: Lane): void {
    this.#goneOn(lane);
    this.#unready(lane);
    lane.waitsFor?.waiters.delete(lane);
    this.#deleteLane.run(lane.id);
    turn.lanes.delete(lane.key);
    if (turn.lanes.size === 0) this.#turns.delete(turn.functionId);
    for (const pool of lane.gates.pools) pool.lanes -= 1;
  }

  /** What a lane leaves of its gates is for the next one. */
  #passOn({ gates }: Lane): void {
    if (gates === noGates) return;
    for (const pool of gates.pools) this.#onFreed(pool);
  }

  #onFreed(pool: Pool): void {
    if (pool.waiters.size > 0) this.#wakeFirst(pool);
    else this.#limits.settle(pool, this.now);
  }

  /** It could have had this slot, and needs another one too: after a while both are kept for it. */
  #passBy(lane: Lane, shut: ShutGate): void {
    this.#waitFor(lane, shut);
    lane.passed += 1;
    if (lane.passed >= passesMax) this.#limits.reserve(lane);
  }

  /** The first of those that wait for the pool and can go; who waits for something else by now waits for that. */
  #wakeFirst(pool: Pool): void {
    const { reservedFor } = this.#limits;
    if (reservedFor?.waitsFor !== undefined && this.shutGate(reservedFor, reservedFor.onlyStarts) === undefined) this.#wake(reservedFor);
    for (const lane of pool.waiters) {
      const shut = this.shutGate(lane, lane.onlyStarts);
      if (shut === undefined) return this.#wake(lane);
      if (shut.pool !== pool) this.#passBy(lane, shut);
      else {
        this.#lookAt(pool, shut.until);
        // For lanes of one function the pool is shut alike, unless it is kept from some; another function may have a higher limit.
        if (!pool.family.isShared && this.#limits.reservedFor === undefined) return;
      }
    }
  }
}
