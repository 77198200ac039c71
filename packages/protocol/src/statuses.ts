// The statuses of a run, and how each API spells them.

/** As stored. `waiting`, `retrying` and `paused` are computed from what of a run is alive. */
export type RunStatus = "queued" | "running" | "completed" | "failed" | "cancelled" | "skipped";
export type ComputedStatus = RunStatus | "waiting" | "retrying" | "paused";

export const runStatuses = ["queued", "running", "completed", "failed", "cancelled", "skipped"] as const satisfies readonly RunStatus[];

const ended: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "skipped"]);

export function isEnded(status: RunStatus): status is "completed" | "failed" | "cancelled" | "skipped" {
  return ended.has(status);
}

/** The spelling of the compatible REST API (`/v1`), which knows no computed statuses. */
export const v1Spelling: Readonly<Record<RunStatus, string>> = {
  queued: "Scheduled",
  running: "Running",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
  skipped: "Skipped",
};
