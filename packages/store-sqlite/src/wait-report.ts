import type { EpochMs } from "@stepwell/protocol";
import type { WaitReport } from "@stepwell/store";
import { numberOf, optional, type Row, textOf } from "./rows.ts";

/** Of a wait `w`, with the function of the child where it waits for one. */
export const waitReportColumns =
  "w.kind as wait_kind, coalesce(cf.slug, w.name) as wait_name, w.due_at as wait_until, w.expression as wait_if";
export const waitReportTables = `left join invokes ci on w.kind = 3 and ci.parent_run_seq = w.run_seq and ci.step_id = w.step_id
  left join runs cr on cr.seq = ci.child_run_seq left join functions cf on cf.id = cr.function_id`;

const kindNames = ["event", "event", "signal", "invoke"] as const;

export function decodeWaitReport(row: Row): WaitReport {
  return {
    kind: kindNames[numberOf(row, "wait_kind")] ?? "event",
    name: textOf(row, "wait_name"),
    until: numberOf(row, "wait_until") as EpochMs,
    ...optional<"expression", string>("expression", row["wait_if"]),
  };
}
