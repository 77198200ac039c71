import { type EpochMs, limits } from "@stepwell/protocol";
import type { PendingNotice } from "./alert-state.ts";

/** Pauses before the further tries: short ones for a hiccup, long ones for an outage. */
const pausesMs: readonly number[] = [5_000, 30_000, 120_000, 600_000];

export type DeliveryDecision =
  | { readonly kind: "delivered" }
  | { readonly kind: "again"; readonly pending: PendingNotice }
  /** So many tries failed that it is given up. */
  | { readonly kind: "given_up" };

/** What becomes of a notice after a try. */
export function decideDelivery(pending: PendingNotice, error: string | undefined, now: EpochMs): DeliveryDecision {
  if (error === undefined) return { kind: "delivered" };
  const failures = pending.failures + 1;
  if (failures >= limits.alertAttemptsMax) return { kind: "given_up" };
  const pauseMs = pausesMs[Math.min(failures, pausesMs.length) - 1] ?? 0;
  return { kind: "again", pending: { ...pending, failures, dueAt: now + pauseMs } };
}
