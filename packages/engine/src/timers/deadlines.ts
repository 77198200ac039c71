import { type EpochMs, epochMs } from "@stepwell/protocol";
import type { RunRecord } from "@stepwell/store";

/** What is known of a run whose deadline is due. */
export interface DeadlineFacts {
  readonly run: Pick<RunRecord, "queuedAt" | "startedAt">;
  /** As the function is configured now; absent: the option was taken away. */
  readonly limitMs: number | undefined;
  /** A first call that is under way and not recorded yet began then. */
  readonly callBeganAt?: EpochMs | undefined;
  readonly now: EpochMs;
}

export type DeadlineDecision =
  | { readonly kind: "drop" }
  | { readonly kind: "later"; readonly dueAt: EpochMs }
  | { readonly kind: "cancel"; readonly reason: "start_timeout" | "finish_timeout" };

/** A run that has not made its first call in time is cancelled; one that has is left alone. */
export function decideStartDeadline({ run, limitMs, callBeganAt, now }: DeadlineFacts): DeadlineDecision {
  if (limitMs === undefined || run.startedAt !== undefined || callBeganAt !== undefined) return { kind: "drop" };
  const dueAt = epochMs(run.queuedAt + limitMs);
  return dueAt > now ? { kind: "later", dueAt } : { kind: "cancel", reason: "start_timeout" };
}

/** A run is cancelled so long after its first call. The timer is set when the run is queued, and again for what is left. */
export function decideFinishDeadline({ run, limitMs, callBeganAt, now }: DeadlineFacts): DeadlineDecision {
  if (limitMs === undefined) return { kind: "drop" };
  const startedAt = run.startedAt ?? callBeganAt;
  if (startedAt === undefined) return { kind: "later", dueAt: epochMs(now + limitMs) };
  const dueAt = epochMs(startedAt + limitMs);
  return dueAt > now ? { kind: "later", dueAt } : { kind: "cancel", reason: "finish_timeout" };
}
