import { isEnded } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import type { QueryReads } from "./query-reads.ts";

/** The public server knows no computed statuses of runs. */
export function shownStatus(
  run: RunReport,
  { parts }: QueryReads,
): "QUEUED" | "RUNNING" | "COMPLETED" | "FAILED" | "CANCELLED" | "SKIPPED" {
  if (isEnded(run.status)) return run.status.toUpperCase() as "COMPLETED";
  return parts.engine.phaseOf(run).status === "queued" ? "QUEUED" : "RUNNING";
}
