// What answers "why?", from the connection that can only read.

import { type EpochMs, type EventId, isObject, type JsonText, parseJson, type RunId, type StepId } from "@stepwell/protocol";
import type {
  FailedAttemptReport,
  FunctionId,
  OpenWaitReport,
  PendingReport,
  ReleaseReport,
  RestReport,
  WakeReport,
  WhyReports as WhyReportsSeam,
} from "@stepwell/store";
import type { ReportReader } from "./report-reader.ts";
import { numberOf, optional, type Row, statusOf, textOf } from "./rows.ts";
import { decodeWaitReport, waitReportColumns, waitReportTables } from "./wait-report.ts";

const seqOfRun = "(select seq from runs where id = ?)";
const seqOfEvent = "(select seq from events where id = ?)";

export class WhyReports implements WhyReportsSeam {
  readonly #reader: ReportReader;

  constructor(reader: ReportReader) {
    this.#reader = reader;
  }

  async runWaits(runId: RunId, limit: number): Promise<readonly OpenWaitReport[]> {
    const rows = this.#reader.all(
      `select ${waitReportColumns}, w.step_id, w.path, w.value, j.name as step_name, j.started_at, cr.id as child_id, cr.status as child_status
         from waits w ${waitReportTables} join journal_entries j on j.run_seq = w.run_seq and j.step_id = w.step_id
        where w.run_seq = ${seqOfRun} and w.kind <> 1 order by w.due_at, w.seq limit ?`,
      runId,
      limit,
    );
    return rows.map((row) => ({
      ...decodeWaitReport(row),
      stepId: textOf(row, "step_id") as StepId,
      stepName: textOf(row, "step_name"),
      ...optional<"startedAt", EpochMs>("startedAt", row["started_at"]),
      ...(row["path"] === null ? {} : { term: { path: textOf(row, "path"), value: textOf(row, "value") as JsonText } }),
      ...childOf(row),
    }));
  }

  async pendingRun(runId: RunId): Promise<PendingReport | undefined> {
    const row = this.#reader.get(
      `select p.*, f.slug, (select e.id from pending_events pe join events e on e.seq = pe.event_seq
                             where pe.pending_seq = p.seq order by pe.event_seq limit 1) as event_id
         from pending_runs p join functions f on f.id = p.function_id where p.run_id = ?`,
      runId,
    );
    if (row === undefined) return undefined;
    return {
      runId,
      functionId: numberOf(row, "function_id") as FunctionId,
      functionSlug: textOf(row, "slug"),
      kind: row["kind"] === 0 ? "debounce" : "batch",
      key: textOf(row, "key"),
      openedAt: numberOf(row, "opened_at") as EpochMs,
      dueAt: numberOf(row, "due_at") as EpochMs,
      ...optional<"hardDueAt", EpochMs>("hardDueAt", row["hard_due_at"]),
      joins: numberOf(row, "joins"),
      ...optional<"eventId", EventId>("eventId", row["event_id"]),
    };
  }

  async failedAttempt(runId: RunId): Promise<FailedAttemptReport | undefined> {
    const row = this.#reader.get(
      `select * from attempts where run_seq = ${seqOfRun} and error_code is not null order by seq desc limit 1`,
      runId,
    );
    if (row === undefined) return undefined;
    const error = typeof row["error"] === "string" ? parseJson(row["error"]) : undefined;
    return {
      ...optional<"stepId", StepId>("stepId", row["step_id"]),
      attempt: numberOf(row, "attempt"),
      endedAt: numberOf(row, "ended_at") as EpochMs,
      errorCode: textOf(row, "error_code"),
      ...(isObject(error) && typeof error["message"] === "string" ? { message: error["message"] } : {}),
    };
  }

  async laneReleases(runId: RunId, limit: number): Promise<readonly ReleaseReport[]> {
    const rows = this.#reader.all(
      `select queued_at, started_at
         from (select r.queued_at, r.started_at, r.lane_key, o.lane_key as wanted from runs o
                 join runs r on r.function_id = o.function_id and r.seq < o.seq where o.id = ? order by r.seq desc limit ?)
        where lane_key = wanted and started_at > queued_at order by started_at`,
      runId,
      limit,
    );
    return rows.map((row) => ({
      queuedAt: numberOf(row, "queued_at") as EpochMs,
      startedAt: numberOf(row, "started_at") as EpochMs,
    }));
  }

  async eventWakes(eventId: EventId, limit: number): Promise<readonly WakeReport[]> {
    const rows = this.#reader.all(
      `select r.id, f.slug, j.step_id, j.name from journal_entries j join runs r on r.seq = j.run_seq join functions f on f.id = r.function_id
        where j.event_id = ? order by j.run_seq limit ?`,
      eventId,
      limit,
    );
    return rows.map((row) => ({
      runId: textOf(row, "id") as RunId,
      functionSlug: textOf(row, "slug"),
      stepId: textOf(row, "step_id") as StepId,
      stepName: textOf(row, "name"),
    }));
  }

  async eventRest(eventId: EventId, limit: number): Promise<readonly RestReport[]> {
    const rows = this.#reader.all(
      `select f.id, f.slug, p.value ->> '$.runId' as run_id from cursors c, json_each(c.plan) p
         join functions f on f.id = p.value ->> '$.functionId'
        where c.event_seq = ${seqOfEvent} and p.key >= c.position order by p.key limit ?`,
      eventId,
      limit,
    );
    return rows.map((row) => ({
      functionId: numberOf(row, "id") as FunctionId,
      functionSlug: textOf(row, "slug"),
      runId: textOf(row, "run_id") as RunId,
    }));
  }

  async findEventByPrefix(prefix: string): Promise<{ readonly eventId?: EventId; readonly matches: number }> {
    const rows = this.#reader.all("select id from events where id >= ? and id < ? order by id limit 2", prefix, `${prefix}~`);
    const [only] = rows;
    return rows.length === 1 && only !== undefined ? { eventId: textOf(only, "id") as EventId, matches: 1 } : { matches: rows.length };
  }
}

function childOf(row: Row): Pick<OpenWaitReport, "child"> {
  if (row["child_id"] === null) return {};
  const child = { runId: textOf(row, "child_id") as RunId, functionSlug: textOf(row, "wait_name"), status: statusOf(row["child_status"]) };
  return { child };
}
