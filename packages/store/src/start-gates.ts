// What must let a start through before it is a run. Gates are asked in the order in which they stand here, all of them
// before the first is charged: a start that one of them turns away has used up nothing of the others.

import type { EpochMs } from "@stepwell/protocol";
import type { Rate } from "./rates.ts";

export interface StartGates {
  /** At most one start per function and key until `expiresAt`; a second is recorded as `duplicate` of the first. */
  readonly idempotency?: { readonly key: string; readonly expiresAt: EpochMs };
  /** What is beyond the rate is recorded as `rate_limited`, and is not charged. */
  readonly rateLimit?: { readonly key: string; readonly rate: Rate };
  /**
   * One run of the function and key is alive at a time: the key is the run's from its creation to its end. Where another run has
   * it, `skip` makes a run that is skipped, and `cancel` ends that run in the same unit; its end is told by a `tell_end` timer.
   */
  readonly singleton?: { readonly key: string; readonly mode: "skip" | "cancel" };
}
