// What is used of each limit, by the limit and the value of its key: slots, the arrival of a throttle, a hold.
//
// P1. A pool is in memory while somebody uses it, waits for it or may: everything else follows from the tables.

import type { EpochMs } from "@stepwell/protocol";
import { type LimitRule, nextAllowedAt } from "@stepwell/store";
import type { Lane } from "./lane.ts";

/** The pools of one limit. */
export interface PoolFamily {
  /** How the keys of its pools begin; the rest is the value of the limit's key. */
  readonly prefix: string;
  readonly kind: LimitRule["kind"] | "hold";
  /** Functions with limits of their own may share it. */
  readonly isShared: boolean;
  readonly byValue: Map<string, Pool>;
}

export interface Pool {
  readonly family: PoolFamily;
  readonly value: string;
  readonly kind: PoolFamily["kind"];
  /** Slots owned now. */
  used: number;
  /** Of a throttle: how far it is used up. */
  arrival: number;
  /** Of a hold; 0: it is none. */
  shutUntil: number;
  /** Who owned a slot when the hold began. */
  elders: Set<number>;
  /** Slots of others than these: of calls that find out for all, once the hold's time is over. */
  probes: number;
  /** Lanes that found it shut, in the order in which they did; to be added to by `waitAt`. */
  waiters: Set<Lane>;
  /** When the first of them is looked at again by the clock; infinite: never. */
  wakesAt: number;
  /** Lanes that refer to it, and those of them whose turn comes. */
  lanes: number;
  readyLanes: number;
}

/** Idle pools that are let stand before they are looked for: one look costs as much as there are pools. */
const idlePoolsMax = 10_000;

export class Pools {
  /** By their prefixes. They stay: there are as many as limits. */
  readonly #families = new Map<string, PoolFamily>();
  #count = 0;
  #sweepAt = idlePoolsMax;

  family(prefix: string, kind: PoolFamily["kind"], isShared = false): PoolFamily {
    const known = this.#families.get(prefix);
    if (known !== undefined) return known;
    const family: PoolFamily = { prefix, kind, isShared, byValue: new Map() };
    this.#families.set(prefix, family);
    return family;
  }

  ensure(family: PoolFamily, value: string): Pool {
    const known = family.byValue.get(value);
    if (known !== undefined) return known;
    const pool = newPool(family, value);
    family.byValue.set(value, pool);
    this.#count += 1;
    return pool;
  }

  /** Forgets a pool that says no more than its absence would. */
  settle(pool: Pool, now: number): void {
    if (pool.used !== 0 || pool.lanes !== 0 || pool.waiters.size !== 0 || pool.arrival > now || pool.shutUntil > now) return;
    const { byValue } = pool.family;
    // One that was forgotten before may have a successor by now.
    if (byValue.get(pool.value) !== pool) return;
    byValue.delete(pool.value);
    this.#count -= 1;
  }

  /** Throttles become idle by the clock, so now and then all are looked at. */
  sweep(now: number): void {
    if (this.#count < this.#sweepAt) return;
    for (const { byValue } of this.#families.values()) for (const pool of byValue.values()) this.settle(pool, now);
    this.#sweepAt = Math.max(idlePoolsMax, this.#count * 2);
  }

  clear(): void {
    for (const { byValue } of this.#families.values()) byValue.clear();
    this.#count = 0;
  }
}

export function poolKey({ family, value }: Pool): string {
  return family.prefix + value;
}

/** Most pools come and go with one run, and nobody ever waits for them: they share a set that stays empty. */
const nobody = new Set<Lane>();
/** Of what is not held. */
export const noElders: Set<number> = new Set();

function newPool(family: PoolFamily, value: string): Pool {
  return {
    family,
    value,
    kind: family.kind,
    used: 0,
    arrival: 0,
    shutUntil: 0,
    elders: noElders,
    probes: 0,
    waiters: nobody,
    wakesAt: Number.POSITIVE_INFINITY,
    lanes: 0,
    readyLanes: 0,
  };
}

export function waitAt(pool: Pool, lane: Lane): void {
  if (pool.waiters === nobody) pool.waiters = new Set();
  pool.waiters.add(lane);
}

/** When a gate that is shut opens by itself; infinite: when a slot is given back. `undefined`: it is open. */
export function shutUntil(pool: Pool, rule: LimitRule | undefined, now: number): number | undefined {
  if (pool.kind === "hold") {
    if (pool.shutUntil > now) return pool.shutUntil;
    return pool.shutUntil > 0 && pool.probes > 0 ? Number.POSITIVE_INFINITY : undefined;
  }
  // A rule that the function does not have any more limits nobody.
  if (rule === undefined) return undefined;
  if (rule.kind !== "throttle") return pool.used < rule.limit ? undefined : Number.POSITIVE_INFINITY;
  const allowedAt: EpochMs = nextAllowedAt(rule, pool.arrival);
  return allowedAt > now ? allowedAt : undefined;
}
