// Whether calls are held back because they fail, or because the app asked for it. Pure.
//
// B1. Closed: outcomes are counted in a window that slides in tenths. When it has too many failures, the breaker opens.
// B2. Open: nothing is called before `until`. From then on it is half open: one call at a time is a probe.
// B3. What was called before `until` is no probe, and of an open breaker it changes nothing but how long it asks to wait.
// B4. A probe that fails opens it for another cooldown; enough that go well in a row close it, with an empty window.
// B5. An app that asks for a pause (`slow_down`) opens it for that long, whatever its rule; one probe that goes well closes it.
//     One that says no time gets a second, and twice as long each time that it asks again.

import { type CircuitBreaker, type EpochMs, epochMs, limits } from "@stepwell/protocol";

/** What a call says of the app. `nothing`: it was not the app that spoke. */
export type CallOutcome =
  | { readonly kind: "success" | "failure" | "nothing" }
  /** The app asked for a pause until then; `undefined`: it said no time. */
  | { readonly kind: "slow_down"; readonly until: EpochMs | undefined };

/** Outcomes of a tenth of the window. */
interface Bucket {
  readonly at: EpochMs;
  readonly calls: number;
  readonly failures: number;
}

export interface OpenBreaker {
  readonly status: "open";
  readonly reason: "failures" | "back_pressure";
  /** When it opened first. */
  readonly since: EpochMs;
  readonly until: EpochMs;
  /** Probes that went well since. */
  readonly passed: number;
  /** What it opened on. */
  readonly calls: number;
  readonly failures: number;
}

/** `undefined` stands for a breaker that is closed and has counted nothing. */
export type BreakerState = { readonly status: "closed"; readonly buckets: readonly Bucket[] } | OpenBreaker;

interface OutcomeTimes {
  readonly sentAt: EpochMs;
  readonly now: EpochMs;
}

const bucketsPerWindow = 10;

/** The state after a call. `rule`: absent where only the app's own wishes count. */
export function decideBreaker(
  state: BreakerState | undefined,
  rule: CircuitBreaker | undefined,
  outcome: CallOutcome,
  times: OutcomeTimes,
): BreakerState | undefined {
  if (outcome.kind === "nothing") return state;
  if (outcome.kind === "slow_down") return slowDown(state, rule, outcome.until, times.now);
  if (state?.status === "open") return times.sentAt < state.until ? state : probed(state, rule, outcome.kind, times);
  return rule === undefined ? undefined : counted(state?.buckets ?? [], rule, outcome.kind, times.now);
}

/** The whole window, as of now. */
export function countsOf(
  state: BreakerState | undefined,
  now: EpochMs,
  windowMs: number,
): { readonly calls: number; readonly failures: number } {
  if (state?.status === "open") return { calls: state.calls, failures: state.failures };
  return sumOf(within(state?.buckets ?? [], now, windowMs));
}

function slowDown(
  state: BreakerState | undefined,
  rule: CircuitBreaker | undefined,
  askedFor: EpochMs | undefined,
  now: EpochMs,
): BreakerState {
  const until = Math.min(askedFor ?? now + pauseMs(state, rule, now), now + limits.backPressureMsMax);
  // Of several wishes the longest holds; of two reasons the graver, which needs more probes.
  if (state?.status === "open") return { ...state, until: epochMs(Math.max(state.until, until)), passed: 0 };
  return { status: "open", reason: "back_pressure", since: now, until: epochMs(until), passed: 0, calls: 0, failures: 0 };
}

/** As long again as it has lasted, and a second: 1, 2, 4, 8 s. Of a breaker that is open for failures, its cooldown. */
function pauseMs(state: BreakerState | undefined, rule: CircuitBreaker | undefined, now: EpochMs): number {
  if (state?.status !== "open") return limits.backPressureMsDefault;
  if (state.reason === "failures") return rule?.cooldownMs ?? limits.backPressureMsDefault;
  return limits.backPressureMsDefault + Math.max(0, now - state.since);
}

function probed(
  state: OpenBreaker,
  rule: CircuitBreaker | undefined,
  outcome: "success" | "failure",
  { now }: OutcomeTimes,
): BreakerState | undefined {
  // Without its rule it can neither open again nor stay open. The pause that an app asked for is over with any other answer.
  if (rule === undefined) return undefined;
  if (outcome === "failure")
    return state.reason === "back_pressure" ? counted([], rule, outcome, now) : opened(state, rule, now, { since: state.since });
  const passed = state.passed + 1;
  return passed >= (state.reason === "back_pressure" ? 1 : rule.halfOpen) ? undefined : { ...state, passed };
}

function counted(buckets: readonly Bucket[], rule: CircuitBreaker, outcome: "success" | "failure", now: EpochMs): BreakerState {
  const recent = added(within(buckets, now, rule.windowMs), outcome, now, rule.windowMs / bucketsPerWindow);
  const counts = sumOf(recent);
  if (outcome === "failure" && trips(counts, rule)) return opened(counts, rule, now, { since: now });
  return { status: "closed", buckets: recent };
}

function opened(
  { calls, failures }: Pick<Bucket, "calls" | "failures">,
  { cooldownMs }: CircuitBreaker,
  now: EpochMs,
  { since }: { readonly since: EpochMs },
): OpenBreaker {
  return { status: "open", reason: "failures", since, until: epochMs(now + cooldownMs), passed: 0, calls, failures };
}

function trips({ calls, failures }: Pick<Bucket, "calls" | "failures">, rule: CircuitBreaker): boolean {
  if (rule.failures !== undefined) return failures >= rule.failures;
  return calls >= limits.breakerCallsMin && failures / calls >= (rule.rate ?? 1);
}

function within(buckets: readonly Bucket[], now: EpochMs, windowMs: number): readonly Bucket[] {
  return buckets.filter(({ at }) => at > now - windowMs);
}

function added(buckets: readonly Bucket[], outcome: "success" | "failure", now: EpochMs, bucketMs: number): readonly Bucket[] {
  const last = buckets.at(-1);
  const isSame = last !== undefined && now - last.at < bucketMs;
  const { at, calls, failures } = isSame ? last : { at: now, calls: 0, failures: 0 };
  const next = { at, calls: calls + 1, failures: failures + (outcome === "failure" ? 1 : 0) };
  return [...(isSame ? buckets.slice(0, -1) : buckets), next];
}

function sumOf(buckets: readonly Bucket[]): { readonly calls: number; readonly failures: number } {
  let [calls, failures] = [0, 0];
  for (const bucket of buckets) {
    calls += bucket.calls;
    failures += bucket.failures;
  }
  return { calls, failures };
}
