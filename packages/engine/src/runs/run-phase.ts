import { formatDuration, isEnded } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import type { RunPhase } from "../engine-interface.ts";

/**
 * The status people see. It is computed from what of the run is alive; no row is flipped when a run parks or wakes.
 *
 * @param isInCall - A call of the run is under way in this process.
 * @param isInMemory - The run was born leased and waits in memory for a free call.
 */
export function runPhase(run: RunReport, now: number, isInCall: boolean, isInMemory: boolean): RunPhase {
  if (isEnded(run.status)) return { status: run.status };
  if (isInCall) return { status: "running" };
  if (isInMemory) return { status: "queued", reason: { code: "queue", text: "waits for a free call" } };
  const { live } = run;
  if (live === undefined || live.nextDueAt === undefined) return { status: live?.held === true ? "running" : "waiting" };
  const until = live.nextDueAt;
  const step = live.nextStepId === undefined ? {} : { stepId: live.nextStepId };
  if (live.sleeping && until > now)
    return {
      status: "waiting",
      reason: {
        code: "sleep",
        text: `sleeps${live.nextStepName === undefined ? "" : ` in "${live.nextStepName}"`} for another ${formatDuration(roundUp(until - now))}`,
        until,
        ...step,
      },
    };
  if ((live.nextAttempt ?? 0) > 0)
    return {
      status: "retrying",
      reason: {
        code: "retry",
        text: `attempt ${(live.nextAttempt ?? 0) + 1} in ${formatDuration(roundUp(Math.max(0, until - now)))}`,
        until,
        ...step,
      },
    };
  if (live.held) return { status: "running" };
  if (until > now)
    return { status: "queued", reason: { code: "scheduled", text: `starts in ${formatDuration(roundUp(until - now))}`, until } };
  return { status: run.status === "queued" ? "queued" : "running", reason: { code: "queue", text: "is next in its lane" } };
}

/** Whole seconds from a second up: nobody reads milliseconds of an hour. */
function roundUp(ms: number): number {
  return ms < 1_000 ? ms : Math.ceil(ms / 1_000) * 1_000;
}
