import type { EpochMs } from "@stepwell/protocol";

/** Above every instant in ms (the year 10889), and small enough that a rank stays an exact integer. */
const STARTS_FROM = 2 ** 48;

/**
 * Steps of runs under way come before starts; within each, the run that was queued first. Lower goes first. A run with a
 * priority stands where it would if it had been queued so many ms earlier, or later; when it is due is another matter.
 */
export function rankOfStart(queuedAt: EpochMs, priorityMs = 0): number {
  return STARTS_FROM + queuedAt - priorityMs;
}

/** Of an own item: the run has not been called yet. */
export function isStartRank(rank: number): boolean {
  return rank >= STARTS_FROM / 2;
}

export function rankUnderWay(queuedAt: EpochMs, priorityMs = 0): number {
  return queuedAt - priorityMs;
}
