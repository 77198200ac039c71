import { type EpochMs, epochMs, limits, parseTimeout } from "@stepwell/protocol";
import { failRun } from "./fail-run.ts";
import type { OpDecision } from "./op-context.ts";

export type WaitEnd = { readonly kind: "end"; readonly at: EpochMs } | { readonly kind: "refused"; readonly decision: OpDecision };

/**
 * When a wait is over at the latest.
 *
 * @param absent - What empty text means.
 */
export function readWaitEnd(op: { readonly name: string; readonly timeout: string }, now: EpochMs, absent: EpochMs): WaitEnd {
  const at = op.timeout === "" ? absent : parseTimeout(op.timeout, now);
  if (at === undefined) {
    const message = `step "${op.name}" has the timeout "${op.timeout.slice(0, 80)}", which is neither a duration nor a date; write "30s", "2h" or an ISO 8601 date`;
    return { kind: "refused", decision: failRun("invalid_duration", "InvalidDuration", message) };
  }
  if (at - now > limits.sleepMsMax) {
    const message = `step "${op.name}" waits longer than 366 days (sleepMsMax)`;
    return { kind: "refused", decision: failRun("sleep_too_long", "InngestErrTimeoutTooLong", message) };
  }
  return { kind: "end", at };
}

/** A year from now, for tools whose timeout may be left out. */
export function inAYear(now: EpochMs): EpochMs {
  return epochMs(now + limits.waitMsDefault);
}
