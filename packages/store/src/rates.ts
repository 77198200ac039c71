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

/** The first moment at which the key lets one more in; in the past where that is now. */
export function nextAllowedAt({ limit, periodMs, burst }: Rate, arrival: ArrivalMs): EpochMs {
  return epochMs(Math.ceil(arrival - ((burst - 1) * periodMs) / limit));
}

/** What the key has used up once it has let one in. */
export function arrivalAfter({ limit, periodMs }: Rate, arrival: ArrivalMs, now: EpochMs): ArrivalMs {
  return Math.max(arrival, now) + periodMs / limit;
}
