import { type EpochMs, type EventId, type JsonText, type RunId, type StepId, type StoreSeq, systemEvents } from "@stepwell/protocol";
import type { AppId, EnvironmentId, FunctionId, RerunReport, RunReport } from "@stepwell/store";
import type { ReportReader } from "./report-reader.ts";
import { numberOf, optional, type Row, statusOf, textOf } from "./rows.ts";
import { decodeWaitReport, waitReportColumns, waitReportTables } from "./wait-report.ts";

export const runColumns = `r.seq, r.id, r.environment_id, r.function_id, f.slug, f.name as function_name, f.archived_at, f.app_id,
  a.name as app_name, r.status, r.queued_at, r.started_at, r.ended_at, r.generation, r.attempt, r.step_count, r.journal_length,
  r.holder_id, r.group_open, coalesce(r.output, po.body) as output, r.error, r.cancel_reason, r.warnings, r.origin, r.lane_key, e.id as event_id,
  e.name as event_name, iif(r.origin = 'schedule' or (r.origin = 'rerun' and e.name = '${systemEvents.scheduled}'), e.data ->> '$.cron', null) as cron`;
export const runTables = `runs r join functions f on f.id = r.function_id join apps a on a.id = f.app_id
  left join events e on e.seq = r.event_seq left join payloads po on po.id = r.output_payload`;

type Live = NonNullable<RunReport["live"]>;

/** One run as people see it, of a row and of what is alive of it. */
export class RunReports {
  readonly #reader: ReportReader;

  constructor(reader: ReportReader) {
    this.#reader = reader;
  }

  decode(row: Row): RunReport {
    const seq = numberOf(row, "seq");
    const status = statusOf(row["status"]);
    const isAlive = status === "queued" || status === "running";
    const events = this.#reader.count("select count(*) as count from run_events where run_seq = ?", seq);
    // Born leased, it started when it was queued; a run that was never in hand did not start.
    const startedAt = row["started_at"] ?? (row["generation"] === 0 ? null : row["queued_at"]);
    return {
      seq: seq as StoreSeq,
      id: textOf(row, "id") as RunId,
      environmentId: numberOf(row, "environment_id") as EnvironmentId,
      functionId: numberOf(row, "function_id") as FunctionId,
      functionSlug: textOf(row, "slug"),
      functionName: textOf(row, "function_name"),
      ...optional<"functionArchivedAt", EpochMs>("functionArchivedAt", row["archived_at"]),
      appId: numberOf(row, "app_id") as AppId,
      appName: textOf(row, "app_name"),
      status,
      queuedAt: numberOf(row, "queued_at") as EpochMs,
      ...optional<"startedAt", EpochMs>("startedAt", startedAt),
      ...optional<"endedAt", EpochMs>("endedAt", row["ended_at"]),
      attempt: numberOf(row, "attempt"),
      stepsKnown: Math.max(numberOf(row, "step_count"), numberOf(row, "journal_length")),
      stepsSettled: numberOf(row, "journal_length"),
      stepsFailed: this.#reader.count("select count(*) as count from journal_entries where run_seq = ? and state = 5", seq),
      ...optional<"eventId", EventId>("eventId", row["event_id"]),
      ...optional<"eventName", string>("eventName", row["event_name"]),
      ...optional<"cron", string>("cron", row["cron"]),
      eventCount: Math.max(1, events),
      ...optional<"output", JsonText>("output", row["output"]),
      ...optional<"error", JsonText>("error", row["error"]),
      ...optional<"cancelReason", string>("cancelReason", row["cancel_reason"]),
      ...(status === "failed" ? this.#failure(seq) : {}),
      ...optional<"warnings", JsonText>("warnings", row["warnings"]),
      ...this.#lineage(seq, row),
      ...(isAlive ? { live: this.#live(seq, row) } : {}),
      ...optional<"laneKey", string>("laneKey", isAlive && row["lane_key"] !== "" ? row["lane_key"] : null),
    };
  }

  #lineage(seq: number, row: Row): Pick<RunReport, "origin" | "parent" | "rerun" | "childCount"> {
    const origin = row["origin"];
    const parent =
      origin === "invoke"
        ? this.#reader.get(
            "select p.id, i.step_id from invokes i join runs p on p.seq = i.parent_run_seq where i.child_run_seq = ? limit 1",
            seq,
          )
        : undefined;
    return {
      childCount: this.#reader.count("select count(*) as count from invokes where parent_run_seq = ?", seq),
      ...optional<"origin", string>("origin", origin),
      ...(origin === "rerun" ? this.#rerun(seq) : {}),
      ...(parent === undefined ? {} : { parent: { runId: textOf(parent, "id") as RunId, stepId: textOf(parent, "step_id") as StepId } }),
    };
  }

  #rerun(seq: number): { readonly rerun?: RerunReport } {
    const row = this.#reader.get("select * from reruns where run_seq = ?", seq);
    if (row === undefined) return {};
    const rerun = {
      of: textOf(row, "of_run") as RunId,
      first: textOf(row, "first_run") as RunId,
      ...optional<"fromStep", StepId>("fromStep", row["from_step"]),
      ...optional<"input", JsonText>("input", row["input"]),
      ...optional<"name", string>("name", row["name"]),
    };
    return { rerun };
  }

  #failure(seq: number): Pick<RunReport, "failure"> {
    const row = this.#reader.get(
      "select g.fingerprint, d.redriven_as from dead_letters d join failure_groups g on g.seq = d.group_seq where d.run_seq = ?",
      seq,
    );
    if (row === undefined) return {};
    return { failure: { fingerprint: textOf(row, "fingerprint"), ...optional<"redrivenAs", RunId>("redrivenAs", row["redriven_as"]) } };
  }

  #live(seq: number, row: Row): Live {
    const held =
      row["holder_id"] !== null || this.#reader.get("select 1 from queue_items where run_seq = ? and state = 2 limit 1", seq) !== undefined;
    return { held, ...this.#nextItem(seq, row), ...this.#nextWait(seq) };
  }

  #nextItem(seq: number, row: Row): Omit<Live, "held" | "waitsFor"> {
    const next = this.#reader.get(
      `select q.due_at, q.attempt, q.own, q.step_id, q.sleep, j.name from queue_items q
         left join journal_entries j on j.run_seq = q.run_seq and j.step_id = q.step_id
        where q.run_seq = ? and q.state <> 2 order by q.due_at limit 1`,
      seq,
    );
    if (next === undefined) return { sleeping: false };
    return {
      sleeping: next["sleep"] === 1,
      nextDueAt: numberOf(next, "due_at") as EpochMs,
      nextAttempt: next["own"] === 1 ? numberOf(row, "attempt") : numberOf(next, "attempt"),
      ...optional<"nextStepId", StepId>("nextStepId", next["step_id"]),
      ...optional<"nextStepName", string>("nextStepName", next["name"]),
    };
  }

  #nextWait(seq: number): Pick<Live, "waitsFor"> {
    const wait = this.#reader.get(
      `select ${waitReportColumns}, w.step_id, j.name as step_name,
              (select count(*) from waits where run_seq = w.run_seq and kind <> 1) as count
         from waits w ${waitReportTables} join journal_entries j on j.run_seq = w.run_seq and j.step_id = w.step_id
        where w.run_seq = ? and w.kind <> 1 order by w.due_at, w.seq limit 1`,
      seq,
    );
    if (wait === undefined) return {};
    const step = { stepId: textOf(wait, "step_id") as StepId, stepName: textOf(wait, "step_name"), count: numberOf(wait, "count") };
    return { waitsFor: { ...decodeWaitReport(wait), ...step } };
  }
}
