import type { EpochMs } from "@stepwell/protocol";

/** Above every instant in ms (the year 10889), and small enough that a rank stays an exact integer. */
const STARTS_FROM = 2 ** 48;

/** Steps of runs under way come before starts; within each, the run that was queued first. Lower goes first. */
export function rankOfStart(queuedAt: EpochMs): number {
  return STARTS_FROM + queuedAt;
}

export function rankUnderWay(queuedAt: EpochMs): number {
  return queuedAt;
}
