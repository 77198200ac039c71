// The limits of functions as the newest configuration has them, the holds beside them, and the gates that follow for a
// lane.

import type { StatementSync } from "node:sqlite";
import type { EpochMs } from "@stepwell/protocol";
import {
  arrivalAfter,
  breakerConstraint,
  constraintsOf,
  type FunctionLimits,
  type LaneHold,
  type LimitRule,
  ruleName,
} from "@stepwell/store";
import type { Connection, Unwritten } from "./connection.ts";
import { type Lane, type LaneGate, type LaneGates, noGates } from "./lane.ts";
import { noElders, type Pool, type PoolFamily, Pools, poolKey, shutUntil } from "./pools.ts";

/** A gate that is shut, and when it opens by itself; infinite: when a slot is given back. */
export interface ShutGate {
  readonly pool: Pool;
  readonly until: number;
  /** A step of a run under way could go. */
  readonly onlyStarts: boolean;
}

/** Whose item it is that is to pass; a run that is being born has no lane. */
export interface Asking {
  readonly functionId: number;
  readonly gates: LaneGates;
  readonly lane?: Lane;
}

/** A hold that is kept. `elders`: who owned a slot of it when it began, or when it was last made longer. */
type Hold = LaneHold & { readonly until: EpochMs; readonly elders: Set<number> };

export class Limits implements Unwritten {
  readonly #connection: Connection;
  readonly #pools = new Pools();
  readonly #rules = new Map<number, ReadonlyMap<string, LimitRule>>();
  /** By function, then by lane; `*`: all of its lanes. */
  readonly #holds = new Map<number, Map<string, Hold>>();
  /** When the first hold is over that nobody takes away. */
  #holdsEndAt = Number.POSITIVE_INFINITY;
  #reservedFor: Lane | undefined;
  /** What counts a rule of a function, by function and rule: asked with every run that has a limit. */
  readonly #families = new Map<number, Map<string, PoolFamily>>();
  /** Of lanes without keys, by function. */
  #unkeyed = new Map<number, LaneGates>();
  readonly #unwritten = new Set<Pool>();
  readonly #throttles: StatementSync;
  readonly #arrive: StatementSync;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#throttles = connection.prepare("-- stepwell: throttles.mirror\nselect key, arrival from throttles where arrival > ?");
    this.#arrive = connection.prepare(`-- stepwell: throttles.arrive
      insert into throttles (key, arrival) values (?, ?) on conflict (key) do update set arrival = excluded.arrival`);
    connection.unwritten.push(this);
    this.rebuild(0);
  }

  /** Forgets what is used: whoever owns slots says so anew. */
  rebuild(now: number): void {
    this.#reservedFor = undefined;
    this.#pools.clear();
    this.#unkeyed = new Map();
    for (const row of this.#throttles.all(now)) this.#throttlePool(String(row["key"])).arrival = Number(row["arrival"]);
    for (const [functionId, holds] of this.#holds) for (const key of holds.keys()) this.#holdPool(functionId, key);
  }

  setRules({ functionId, rules }: FunctionLimits): void {
    const byName = new Map<string, LimitRule>();
    // Two limits with one key count the same calls: the lower one holds.
    for (const rule of rules)
      if (rule.limit < (byName.get(ruleName(rule))?.limit ?? Number.POSITIVE_INFINITY)) byName.set(ruleName(rule), rule);
    if (byName.size === 0) this.#rules.delete(functionId);
    else this.#rules.set(functionId, byName);
  }

  /** True: what lanes have to pass is another by now. */
  setHold(hold: LaneHold): boolean {
    const { functionId, constraint, until, thenOne } = hold;
    const known = this.#holds.get(functionId)?.get(holdKey(hold));
    this.#keepHold(hold);
    // The gate of a breaker's constraint is there whether it is held or not.
    if (constraint !== undefined) return false;
    return (known === undefined) !== (until === undefined) || known?.thenOne !== thenOne;
  }

  /** Its pool, once lanes have its gate. Those that own a slot by now are no probes of it: who waits for one of them waits no longer. */
  beginHold(hold: LaneHold, ownersOf: (pool: Pool) => Iterable<number>): Pool {
    const { functionId } = hold;
    const key = holdKey(hold);
    const owners = [...ownersOf(this.#ensureHold(functionId, key))];
    const kept = this.#holds.get(functionId)?.get(key);
    kept?.elders.clear();
    for (const owner of owners) kept?.elders.add(owner);
    const pool = this.#holdPool(functionId, key);
    pool.probes = kept === undefined ? owners.length : 0;
    return pool;
  }

  #keepHold(hold: LaneHold): void {
    const { functionId, until } = hold;
    const key = holdKey(hold);
    const holds = this.#holds.get(functionId) ?? new Map<string, Hold>();
    if (until === undefined) holds.delete(key);
    else {
      holds.set(key, { ...hold, until, elders: holds.get(key)?.elders ?? new Set() });
      if (hold.thenOne !== true) this.#holdsEndAt = Math.min(this.#holdsEndAt, until);
    }
    if (holds.size === 0) this.#holds.delete(functionId);
    else this.#holds.set(functionId, holds);
  }

  /** Nothing can keep a run of the function from beginning: the question that every start of most functions asks. */
  isOpen(functionId: number, laneKey: string): boolean {
    return laneKey === "" && !this.#rules.has(functionId) && !this.#holds.has(functionId);
  }

  gatesOf(functionId: number, laneKey: string): LaneGates {
    if (this.isOpen(functionId, laneKey)) return noGates;
    if (laneKey !== "") return this.#makeGates(functionId, laneKey);
    const known = this.#unkeyed.get(functionId);
    if (known !== undefined) return known;
    const gates = this.#makeGates(functionId, "");
    // They are asked for with every run, so they are kept, and with them their pools.
    for (const pool of gates.pools) pool.lanes += 1;
    this.#unkeyed.set(functionId, gates);
    return gates;
  }

  #makeGates(functionId: number, laneKey: string): LaneGates {
    const ofItems: LaneGate[] = [];
    const ofStarts: LaneGate[] = [];
    const holds = this.#holds.get(functionId);
    for (const key of holds === undefined ? [] : ["*", laneKey])
      if (holds?.has(key) === true) ofItems.push({ pool: this.#holdPool(functionId, key), rule: "", value: key });
    const add = (rule: string, value: string): void => {
      const gate = this.#gateOf(functionId, rule, value);
      (gate.pool.kind === "step" || gate.pool.kind === "hold" ? ofItems : ofStarts).push(gate);
    };
    for (const [name, { key }] of this.#rules.get(functionId) ?? []) if (key === "") add(name, "");
    if (laneKey !== "") for (const [name, value] of constraintsOf(laneKey)) add(name, value);
    // A hold is a limit of one call once its time is over. That of a breaker may come while these gates are in use.
    const itemPools = poolsWhere(
      ofItems,
      ({ pool, value }) => pool.kind === "step" || value.startsWith(breakerValues) || holds?.get(value)?.thenOne === true,
    );
    const runPools = poolsWhere(ofStarts, ({ pool }) => pool.kind === "run");
    const pools: Pool[] = [];
    for (const { pool } of ofItems) pools.push(pool);
    for (const { pool } of ofStarts) pools.push(pool);
    return { ofItems, ofStarts, itemPools, runPools, pools };
  }

  /** The first gate that is shut for an item of the lane. */
  shutGate({ functionId, gates, lane }: Asking, isStart: boolean, now: number): ShutGate | undefined {
    if (gates === noGates) return undefined;
    const rules = this.#rules.get(functionId);
    const reserved = this.#reservedFrom(lane);
    return (
      firstShut(gates.ofItems, { rules, reserved, now }, false) ??
      (isStart ? firstShut(gates.ofStarts, { rules, reserved, now }, true) : undefined)
    );
  }

  /** Nobody else takes what the lane needs, until it goes or is given up. One lane at a time, so that no two wait for each other. */
  reserve(lane: Lane): void {
    this.#reservedFor ??= lane;
  }

  /**
   * What is kept for the lane with the reservation now. While it waits for a run to end, every step goes on, because one of
   * those may be what it waits for. While it waits for the clock, it keeps nothing from anybody.
   */
  get reservedPools(): ReadonlySet<Pool> {
    const lane = this.#reservedFor;
    if (lane === undefined || lane.waitsFor?.kind === "throttle" || lane.waitsFor?.kind === "hold") return nothing;
    const { ofItems, ofStarts } = lane.gates;
    const gates = lane.waitsFor?.kind === "run" ? ofStarts : [...ofItems, ...ofStarts];
    return new Set(gates.map(({ pool }) => pool).filter(({ kind }) => kind === "step" || kind === "run"));
  }

  #reservedFrom(lane: Lane | undefined): ReadonlySet<Pool> | undefined {
    return this.#reservedFor === undefined || this.#reservedFor === lane ? undefined : this.reservedPools;
  }

  get reservedFor(): Lane | undefined {
    return this.#reservedFor;
  }

  /** What was reserved is for anybody again. */
  endReservation(): ReadonlySet<Pool> {
    const pools = this.reservedPools;
    this.#reservedFor = undefined;
    return pools;
  }

  /** Charges the throttles that a start passes. */
  arrive(functionId: number, gates: LaneGates, now: number): void {
    for (const { pool, rule: name } of gates.ofStarts) {
      const rule = pool.kind === "throttle" ? this.#rules.get(functionId)?.get(name) : undefined;
      if (rule?.kind !== "throttle") continue;
      pool.arrival = arrivalAfter(rule, pool.arrival, now as EpochMs);
      this.#unwritten.add(pool);
    }
  }

  /** A row for each key, however many starts of a batch it let in. */
  write(): void {
    if (this.#unwritten.size === 0) return;
    for (const pool of this.#unwritten) this.#arrive.run(poolKey(pool), pool.arrival);
    this.#connection.rowsWritten += this.#unwritten.size;
    this.#unwritten.clear();
  }

  /** What was not written is not so. */
  forget(): void {
    this.#unwritten.clear();
  }

  ruleOf(functionId: number, { rule }: LaneGate): LimitRule | undefined {
    return this.#rules.get(functionId)?.get(rule);
  }

  settle(pool: Pool, now: number): void {
    this.#pools.settle(pool, now);
  }

  /** Forgets what holds nothing back any more. */
  sweep(now: number): void {
    this.#pools.sweep(now);
    if (now < this.#holdsEndAt) return;
    this.#holdsEndAt = Number.POSITIVE_INFINITY;
    for (const holds of this.#holds.values())
      for (const { until, thenOne, ...lane } of holds.values()) {
        if (thenOne === true) continue;
        if (until <= now) this.#keepHold(lane);
        else this.#holdsEndAt = Math.min(this.#holdsEndAt, until);
      }
  }

  /** Of a pool that nobody used it may have been forgotten that it is held. */
  #holdPool(functionId: number, key: string): Pool {
    const pool = this.#ensureHold(functionId, key);
    const hold = this.#holds.get(functionId)?.get(key);
    pool.shutUntil = hold?.until ?? 0;
    pool.elders = hold?.elders ?? noElders;
    return pool;
  }

  #gateOf(functionId: number, rule: string, value: string): LaneGate {
    if (rule === breakerRule) {
      const name = JSON.stringify([rule, value]);
      return { pool: this.#holdPool(functionId, name), rule: "", value: name };
    }
    return { pool: this.#pools.ensure(this.#familyOf(functionId, rule), value), rule, value };
  }

  #familyOf(functionId: number, rule: string): PoolFamily {
    const ofFunction = this.#families.get(functionId) ?? new Map<string, PoolFamily>();
    const known = ofFunction.get(rule);
    if (known !== undefined) return known;
    const [kind, scope] = rule.split(" ") as [LimitRule["kind"], LimitRule["scope"]];
    // What functions share is counted by the value alone, whatever expression gave it.
    const family =
      scope === "fn" ? this.#pools.family(`${rule} ${functionId} `, kind) : this.#pools.family(`${kind} ${scope} `, kind, true);
    this.#families.set(functionId, ofFunction.set(rule, family));
    return family;
  }

  #ensureHold(functionId: number, laneKey: string): Pool {
    return this.#pools.ensure(this.#pools.family(`hold ${functionId} `, "hold"), laneKey);
  }

  /** @param key - As it was written: the rule's three words, the function, the value. */
  #throttlePool(key: string): Pool {
    const [, prefix = "", value = ""] = /^((?:\S* ){4})(.*)$/s.exec(key) ?? [];
    return this.#pools.ensure(this.#pools.family(prefix, "throttle"), value);
  }
}

/** Among the holds of its function; `*`: of all of its lanes. */
function holdKey({ laneKey = "*", constraint }: LaneHold): string {
  return constraint === undefined ? laneKey : JSON.stringify(constraint);
}

const [breakerRule] = breakerConstraint("");
/** How the names of their gates begin. */
const breakerValues = JSON.stringify([breakerRule]).slice(0, -1);

/** Two keys may have one value, and then one call is one slot of what they share. */
function poolsWhere(gates: readonly LaneGate[], isCounted: (gate: LaneGate) => boolean): readonly Pool[] {
  const pools: Pool[] = [];
  for (const gate of gates) if (isCounted(gate) && !pools.includes(gate.pool)) pools.push(gate.pool);
  return pools;
}

interface Judging {
  readonly rules: ReadonlyMap<string, LimitRule> | undefined;
  /** Pools that are kept for somebody else. */
  readonly reserved: ReadonlySet<Pool> | undefined;
  readonly now: number;
}

function firstShut(gates: readonly LaneGate[], { rules, reserved, now }: Judging, onlyStarts: boolean): ShutGate | undefined {
  for (const { pool, rule: name } of gates) {
    const rule = rules?.get(name);
    const until = reserved?.has(pool) === true && isLastSlot(pool, rule) ? Number.POSITIVE_INFINITY : shutUntil(pool, rule, now);
    if (until !== undefined) return { pool, until, onlyStarts };
  }
  return undefined;
}

/** Of a pool that is reserved one slot is kept, and the others are anybody's. */
function isLastSlot(pool: Pool, rule: LimitRule | undefined): boolean {
  return rule === undefined || pool.used + 1 >= rule.limit;
}

const nothing: ReadonlySet<Pool> = new Set();
