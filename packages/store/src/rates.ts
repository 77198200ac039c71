// The arithmetic of rates (GCRA): one number for each key says how far it is used up. Pure; whoever stores the number
// decides in what row it stands.

import { type EpochMs, epochMs } from "@stepwell/protocol";

export interface Rate {
  /** So many in a period, evenly spaced once the burst is used up. */
  readonly limit: number;
  readonly periodMs: number;
  /** How many may come at once when the key was idle, at least 1. */
  readonly burst: number;
}

/** When all that was let in would have come had it come evenly; in ms, with fractions. 0 of a key that was never used. */
export type ArrivalMs = number;

/**
 * Instants up to the year 2109 are whole multiples of this part of a ms, so that sums of such multiples are exact: a burst of
 * thousands adds up no roundings.
 */
const partsOfMs = 2_048;

/** What one use takes, rounded up, so that a rate is never exceeded. */
function intervalMs({ limit, periodMs }: Rate): number {
  return Math.ceil((periodMs * partsOfMs) / limit) / partsOfMs;
}

/** The first moment at which the key lets one more in; in the past where that is now. */
export function nextAllowedAt(rate: Rate, arrival: ArrivalMs): EpochMs {
  return epochMs(Math.ceil(arrival - (rate.burst - 1) * intervalMs(rate)));
}

/** What the key has used up once it has let one in. */
export function arrivalAfter(rate: Rate, arrival: ArrivalMs, now: EpochMs): ArrivalMs {
  return Math.max(arrival, now) + intervalMs(rate);
}
