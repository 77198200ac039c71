import type { SeededRandom } from "@stepwell/engine/testing";

/** What limits the calls of a member of the cast. */
export interface MemberLimits {
  readonly steps?: { readonly limit: number; readonly key?: string; readonly scope: "fn" | "env" };
  readonly runs?: { readonly limit: number; readonly key?: string };
  readonly throttle?: { readonly limit: number; readonly periodMs: number; readonly burst: number; readonly key?: string };
}

const tenant = "event.data.key";

/** Any mix of limits, over the few keys that events have, over all events, and over a key that functions share. */
export function drawLimits(random: SeededRandom): MemberLimits | undefined {
  if (random.chance(0.3)) return undefined;
  const isShared = random.chance(0.3);
  const keyed = (): { readonly key?: string } => (random.chance(0.6) ? { key: tenant } : {});
  return {
    ...(random.chance(0.6)
      ? { steps: { limit: 1 + random.below(3), ...(isShared ? { key: tenant, scope: "env" } : { ...keyed(), scope: "fn" }) } as const }
      : {}),
    ...(random.chance(0.3) ? { runs: { limit: 1 + random.below(3), ...keyed() } } : {}),
    ...(random.chance(0.3)
      ? { throttle: { limit: 1 + random.below(4), periodMs: random.pick([1_000, 60_000]), burst: 1 + random.below(3), ...keyed() } }
      : {}),
  };
}

/** As an app registers them. */
export function limitsAsRegistered(limits: MemberLimits | undefined): Readonly<Record<string, unknown>> {
  const { steps, runs, throttle } = limits ?? {};
  const concurrency = {
    ...(steps === undefined ? {} : { step: [steps] }),
    ...(runs === undefined ? {} : { fn: [runs] }),
  };
  return {
    ...(Object.keys(concurrency).length === 0 ? {} : { concurrency }),
    ...(throttle === undefined ? {} : { throttle: { ...throttle, period: `${throttle.periodMs}ms` } }),
  };
}
