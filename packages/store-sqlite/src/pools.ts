// What is used of each limit, by the limit and the value of its key: slots, the arrival of a throttle, a hold.
//
// P1. A pool is in memory while somebody uses it, waits for it or may: everything else follows from the tables.

import type { EpochMs } from "@stepwell/protocol";
import { type LimitRule, nextAllowedAt } from "@stepwell/store";
import type { Lane } from "./lane.ts";

export interface Pool {
  readonly key: string;
  readonly kind: LimitRule["kind"] | "hold";
  /** Functions with limits of their own may share it. */
  readonly isShared: boolean;
  /** Slots owned now. */
  used: number;
  /** Of a throttle: how far it is used up. */
  arrival: number;
  /** Of a hold; 0: it is none. `ignored`: slots of calls that were under way when it began, and are no probes. */
  shutUntil: number;
  ignored: number;
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
  #byKey = new Map<string, Pool>();
  #sweepAt = idlePoolsMax;

  ensure(key: string, kind: Pool["kind"], isShared = false): Pool {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const pool = newPool(key, kind, isShared);
    this.#byKey.set(key, pool);
    return pool;
  }

  /** Forgets a pool that says no more than its absence would. */
  settle(pool: Pool, now: number): void {
    if (pool.used === 0 && pool.lanes === 0 && pool.waiters.size === 0 && pool.arrival <= now && pool.shutUntil <= now)
      this.#byKey.delete(pool.key);
  }

  /** Throttles become idle by the clock, so now and then all are looked at. */
  sweep(now: number): void {
    if (this.#byKey.size < this.#sweepAt) return;
    for (const pool of this.#byKey.values()) this.settle(pool, now);
    this.#sweepAt = Math.max(idlePoolsMax, this.#byKey.size * 2);
  }

  clear(): void {
    this.#byKey = new Map();
  }
}

/** Most pools come and go with one run, and nobody ever waits for them: they share a set that stays empty. */
const nobody = new Set<Lane>();

function newPool(key: string, kind: Pool["kind"], isShared: boolean): Pool {
  return {
    key,
    kind,
    isShared,
    used: 0,
    arrival: 0,
    shutUntil: 0,
    ignored: 0,
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
    return pool.shutUntil > 0 && pool.used > pool.ignored ? Number.POSITIVE_INFINITY : undefined;
  }
  // A rule that the function does not have any more limits nobody.
  if (rule === undefined) return undefined;
  if (rule.kind !== "throttle") return pool.used < rule.limit ? undefined : Number.POSITIVE_INFINITY;
  const allowedAt: EpochMs = nextAllowedAt(rule, pool.arrival);
  return allowedAt > now ? allowedAt : undefined;
}
