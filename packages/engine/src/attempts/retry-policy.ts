import { type EpochMs, epochMs } from "@stepwell/protocol";
import type { Random } from "../seams/random.ts";

/** Delay before the next attempt, by the attempt that just failed (from 0); the last one holds for all further ones. */
const baseDelaysMs = [15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 2_400_000, 3_600_000, 7_200_000] as const;

/** Jitter on top, so that what failed together does not come back together. */
const jitterMsMax = 30_000;

export interface RetryPolicy {
  readonly random: Random;
  /** A fixed delay instead of the table, without jitter. */
  readonly intervalMs: number | undefined;
}

/**
 * When a failed attempt is tried again.
 *
 * @param attempt - The attempt that failed, from 0.
 * @param askedFor - What the app asked for (`Retry-After`); it replaces the table.
 */
export function nextAttemptAt(policy: RetryPolicy, now: EpochMs, attempt: number, askedFor: EpochMs | undefined): EpochMs {
  if (askedFor !== undefined) return askedFor;
  if (policy.intervalMs !== undefined) return epochMs(now + policy.intervalMs);
  const base = baseDelaysMs[Math.min(attempt, baseDelaysMs.length - 1)] ?? 0;
  return epochMs(now + base + Math.floor(policy.random.uniform() * jitterMsMax));
}
