import type { EpochMs, JsonText, RunId, StepId } from "@stepwell/protocol";
import type { MetadataReport } from "@stepwell/store";
import type { ReportReader } from "./report-reader.ts";
import { numberOf, optional, textOf } from "./rows.ts";

/** What is noted about a run and its steps. */
export function metadataOfRun(reader: ReportReader, runId: RunId): readonly MetadataReport[] {
  const rows = reader.all("select * from run_metadata where run_seq = (select seq from runs where id = ?)", runId);
  return rows.map((row) => ({
    ...optional<"stepId", StepId>("stepId", row["step_id"] === "" ? null : row["step_id"]),
    ...optional<"attempt", number>("attempt", row["attempt"] === -1 ? null : row["attempt"]),
    ...optional<"spanId", string>("spanId", row["span_id"] === "" ? null : row["span_id"]),
    kind: textOf(row, "kind"),
    values: textOf(row, "values") as JsonText,
    updatedAt: numberOf(row, "updated_at") as EpochMs,
  }));
}
