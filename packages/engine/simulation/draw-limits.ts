import type { SeededRandom } from "@stepwell/engine/testing";

/** What limits the calls of a member of the cast, and what becomes of its events besides runs of their own. */
export interface MemberLimits {
  readonly steps?: { readonly limit: number; readonly key?: string; readonly scope: "fn" | "env" | "account" };
  /** A second limit of calls, that others may share. */
  readonly shared?: { readonly limit: number; readonly key: string; readonly scope: "env" | "account" };
  readonly runs?: { readonly limit: number; readonly key?: string };
  readonly throttle?: { readonly limit: number; readonly periodMs: number; readonly burst: number; readonly key?: string };
  readonly priority?: string;
  readonly rateLimit?: { readonly limit: number; readonly periodMs: number; readonly key?: string };
  readonly idempotency?: { readonly key: string; readonly windowMs?: number };
  /** At most one of these. */
  readonly singleton?: { readonly mode: "skip" | "cancel"; readonly key?: string };
  readonly debounce?: { readonly periodMs: number; readonly timeoutMs?: number; readonly key?: string };
  readonly batch?: { readonly maxSize: number; readonly timeoutMs: number; readonly key?: string; readonly if?: typeof belowBatch };
  readonly breaker?: {
    readonly failures: number;
    readonly windowMs: number;
    readonly cooldownMs: number;
    readonly halfOpen: number;
    readonly key?: string;
  };
}

const tenant = "event.data.key";
/** Events whose number is as high run alone, and so do those without one. */
const batchBelow = 5;
const belowBatch = `event.data.n < ${batchBelow}`;

/** Any mix of limits, over the few keys that events have, over all events, and over a key that functions share. */
export function drawLimits(random: SeededRandom): MemberLimits | undefined {
  if (random.chance(0.3)) return undefined;
  const isShared = random.chance(0.3);
  const keyed = (): { readonly key?: string } => (random.chance(0.6) ? { key: tenant } : {});
  return {
    ...drawGates(random, keyed),
    ...(random.chance(0.6)
      ? { steps: { limit: 1 + random.below(3), ...(isShared ? { key: tenant, scope: "env" } : { ...keyed(), scope: "fn" }) } as const }
      : {}),
    ...(!isShared && random.chance(0.3) ? { shared: { limit: 1 + random.below(2), key: tenant, scope: "env" } as const } : {}),
    ...(random.chance(0.3) ? { runs: { limit: 1 + random.below(3), ...keyed() } } : {}),
    ...(random.chance(0.3)
      ? { throttle: { limit: 1 + random.below(4), periodMs: random.pick([1_000, 60_000]), burst: 1 + random.below(3), ...keyed() } }
      : {}),
  };
}

/** What functions have more rarely, beside their other limits. */
export function drawRare(random: SeededRandom, limits: MemberLimits | undefined): MemberLimits | undefined {
  const { steps, shared, idempotency, batch } = limits ?? {};
  const rare: MemberLimits = {
    ...(steps?.scope === "env" && random.chance(0.5) ? { steps: { ...steps, scope: "account" } } : {}),
    ...(shared !== undefined && random.chance(0.5) ? { shared: { ...shared, scope: "account" } } : {}),
    ...(idempotency !== undefined && random.chance(0.7)
      ? { idempotency: { ...idempotency, windowMs: random.pick([1_000, 60_000, 3_600_000]) } }
      : {}),
    ...(batch !== undefined && random.chance(0.5) ? { batch: { ...batch, if: belowBatch } } : {}),
    ...(random.chance(0.2) ? { breaker: drawBreaker(random) } : {}),
  };
  return Object.keys(rare).length === 0 ? limits : { ...limits, ...rare };
}

function drawBreaker(random: SeededRandom): NonNullable<MemberLimits["breaker"]> {
  return {
    failures: 1 + random.below(4),
    windowMs: random.pick([5_000, 60_000]),
    cooldownMs: random.pick([1_000, 30_000, 60_000]),
    halfOpen: 1 + random.below(3),
    ...(random.chance(0.5) ? { key: tenant } : {}),
  };
}

type Keyed = () => { readonly key?: string };

function drawGates(random: SeededRandom, keyed: Keyed): MemberLimits {
  const kind = random.below(10);
  return {
    ...(random.chance(0.3) ? { priority: random.pick(["event.data.n", "event.data.n * 100 - 500"]) } : {}),
    ...(random.chance(0.15) ? { rateLimit: { limit: 1 + random.below(5), periodMs: random.pick([10_000, 3_600_000]), ...keyed() } } : {}),
    ...(random.chance(0.1) ? { idempotency: { key: tenant } } : {}),
    ...(kind < 2 ? { singleton: { mode: random.pick(["skip", "cancel"] as const), ...keyed() } } : {}),
    ...(kind === 2 ? { debounce: { periodMs: 5_000, ...(random.chance(0.5) ? { timeoutMs: 20_000 } : {}), ...keyed() } } : {}),
    ...(kind === 3 ? { batch: { maxSize: 2 + random.below(4), timeoutMs: random.pick([1_000, 60_000]), ...keyed() } } : {}),
  };
}

/** Its events are collected, and one run begins with them: those with such a number. */
export function collects(limits: MemberLimits | undefined, n: unknown): boolean {
  return mayCollect(limits) && (limits?.batch?.if === undefined || (typeof n === "number" && n < batchBelow));
}

/** Some of its events are collected. */
export function mayCollect(limits: MemberLimits | undefined): boolean {
  return limits?.debounce !== undefined || limits?.batch !== undefined;
}

/** Why an event may have no run of its own, besides what holds for every function. */
export function outcomesOf(limits: MemberLimits | undefined): readonly string[] {
  return [
    ...(limits?.rateLimit === undefined ? [] : ["rate_limited"]),
    ...(limits?.idempotency === undefined ? [] : ["duplicate"]),
    ...(limits?.debounce === undefined ? [] : ["debounced"]),
    ...(limits?.batch === undefined ? [] : ["batched"]),
  ];
}

/** As an app registers them. */
export function limitsAsRegistered(limits: MemberLimits | undefined): Readonly<Record<string, unknown>> {
  const { steps, shared, runs, throttle, priority, rateLimit, idempotency, singleton, debounce, batch, breaker } = limits ?? {};
  const concurrency = {
    ...(steps === undefined && shared === undefined ? {} : { step: [steps, shared].filter((limit) => limit !== undefined) }),
    ...(runs === undefined ? {} : { fn: [runs] }),
  };
  return {
    ...(Object.keys(concurrency).length === 0 ? {} : { concurrency }),
    ...(throttle === undefined ? {} : { throttle: { ...throttle, period: `${throttle.periodMs}ms` } }),
    ...(priority === undefined ? {} : { priority: { run: priority } }),
    ...(rateLimit === undefined ? {} : { rateLimit: { ...rateLimit, period: `${rateLimit.periodMs}ms` } }),
    ...(idempotency === undefined ? {} : { idempotency: keyed(idempotency) }),
    ...(singleton === undefined ? {} : { singleton }),
    ...(debounce === undefined ? {} : { debounce: { ...timed(debounce), period: `${debounce.periodMs}ms` } }),
    ...(batch === undefined ? {} : { batchEvents: timed(batch) }),
    ...(breaker === undefined
      ? {}
      : { circuitBreaker: { ...breaker, window: `${breaker.windowMs}ms`, cooldown: `${breaker.cooldownMs}ms` } }),
  };
}

function keyed({ key, windowMs }: NonNullable<MemberLimits["idempotency"]>): unknown {
  return windowMs === undefined ? key : { key, window: `${windowMs}ms` };
}

function timed<Option extends { readonly timeoutMs?: number }>(option: Option): Option & { readonly timeout?: string } {
  return option.timeoutMs === undefined ? option : { ...option, timeout: `${option.timeoutMs}ms` };
}
