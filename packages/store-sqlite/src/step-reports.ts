import { type EpochMs, type EventId, eventMapJson, type JsonText, type RunId, type StepId } from "@stepwell/protocol";
import type { ChildReport, StepReport } from "@stepwell/store";
import type { ReportReader } from "./report-reader.ts";
import { decodeEvent, numberOf, optional, type Row, statusOf, textOf } from "./rows.ts";
import { decodeWaitReport, waitReportColumns, waitReportTables } from "./wait-report.ts";

const stateNames = ["reported", "planned", "sleeping", "waiting", "completed", "failed"] as const;
const lastOpenState = 3;
const keptNames = [undefined, "reused", "overridden"] as const;
const seqOfRun = "(select seq from runs where id = ?)";

/** The steps of a run: settled ones in their order, then those that are open. */
export class StepReports {
  readonly #reader: ReportReader;

  constructor(reader: ReportReader) {
    this.#reader = reader;
  }

  ofRun(runId: RunId): readonly StepReport[] {
    const rows = this.#reader.all(
      `select j.*, coalesce(j.memo, p.body) as memo_text, a.input, r.ended_at as run_ended_at, ${waitReportColumns} from journal_entries j
         join runs r on r.seq = j.run_seq
         left join payloads p on p.id = j.memo_payload
         left join step_arguments a on a.run_seq = j.run_seq and a.step_id = j.step_id
         left join waits w on w.run_seq = j.run_seq and w.kind in (0, 2, 3) and w.step_id = j.step_id ${waitReportTables}
        where j.run_seq = ${seqOfRun} order by coalesce(j.ord, 1000000000), j.started_at, j.name`,
      runId,
    );
    const children = this.#childrenOf(runId);
    return rows.map((row) => this.#decode(row, children));
  }

  #childrenOf(runId: RunId): ReadonlyMap<string, ChildReport> {
    const rows = this.#reader.all(
      `select i.step_id, r.id, r.status, f.slug from invokes i join runs r on r.seq = i.child_run_seq join functions f on f.id = r.function_id
        where i.parent_run_seq = ${seqOfRun}`,
      runId,
    );
    return new Map(
      rows.map((row) => {
        const child = { runId: textOf(row, "id") as RunId, functionSlug: textOf(row, "slug"), status: statusOf(row["status"]) };
        return [textOf(row, "step_id"), child];
      }),
    );
  }

  #decode(row: Row, children: ReadonlyMap<string, ChildReport>): StepReport {
    const state = numberOf(row, "state");
    // What is open when its run ends is waited for no longer, and is written down nowhere: the end of the run says it.
    const endedAt = row["ended_at"] ?? row["run_ended_at"];
    const isDropped = state <= lastOpenState && endedAt !== null;
    const child = children.get(textOf(row, "step_id"));
    return {
      stepId: textOf(row, "step_id") as StepId,
      op: textOf(row, "op"),
      ...optional<"stepType", string>("stepType", row["step_type"]),
      name: textOf(row, "name"),
      state: isDropped ? "dropped" : (stateNames[state] ?? "reported"),
      ...optional<"ord", number>("ord", row["ord"]),
      ...optional<"input", JsonText>("input", row["input"]),
      ...optional<"memo", JsonText>("memo", row["memo_text"] ?? this.#eventMemo(row)),
      ...optional<"eventId", EventId>("eventId", row["event_id"]),
      ...(row["wait_kind"] === null ? {} : { waitsFor: decodeWaitReport(row) }),
      ...(child === undefined ? {} : { child }),
      ...optional<"startedAt", EpochMs>("startedAt", row["started_at"]),
      ...optional<"endedAt", EpochMs>("endedAt", endedAt),
      ...optional<"dueAt", EpochMs>("dueAt", row["due_at"]),
      attempt: numberOf(row, "attempt"),
      ...(numberOf(row, "group_no") > 0 ? { group: numberOf(row, "group_no") } : {}),
      ...optional<"kept", NonNullable<StepReport["kept"]>>("kept", keptNames[numberOf(row, "kept")]),
    };
  }

  /** As the app sees it. */
  #eventMemo(row: Row): JsonText | undefined {
    if (row["memo_event"] === null) return undefined;
    const event = this.#reader.get(
      `select e.seq, e.id, e.environment_id, e.external_id, e.name, e.ts, e.received_at, e.data, p.body as data_body, e.user_data, e.meta, e.v
         from events e left join payloads p on p.id = e.data_payload where e.seq = ?`,
      numberOf(row, "memo_event"),
    );
    if (event === undefined) return undefined;
    const decoded = decodeEvent(event);
    return eventMapJson({ ...decoded, id: decoded.externalId ?? decoded.id });
  }
}
