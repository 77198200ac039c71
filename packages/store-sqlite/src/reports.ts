// What people read, from a connection that can only read.

import type { DatabaseSync } from "node:sqlite";
import type { EpochMs, EventId, JsonText, RunId, StepId } from "@stepwell/protocol";
import type {
  AttemptReport,
  BacklogReport,
  EventFilter,
  FailureGroupFilter,
  FailureGroupReport,
  FailureState,
  FunctionId,
  ItemReport,
  LogCount,
  LogFilter,
  LogPage,
  LogReport,
  MetadataReport,
  OutcomeKind,
  OutcomeReport,
  Page,
  PageParams,
  ReportsStore,
  RunFilter,
  RunReport,
  StepReport,
  StoredEvent,
} from "@stepwell/store";
import { decodeFailure, FailureReports, failureSelect } from "./failure-reports.ts";
import { LogReports } from "./log-reports.ts";
import { metadataOfRun } from "./metadata-of-run.ts";
import { type Conditions, clause, eventConditions, failureConditions, runConditions, runsOfEvent } from "./report-conditions.ts";
import { ReportReader } from "./report-reader.ts";
import { decodeEvent, numberOf, optional, type Row, textOf } from "./rows.ts";
import { RunReports, runColumns, runTables } from "./run-reports.ts";
import { StepReports } from "./step-reports.ts";
import { WhyReports } from "./why-reports.ts";

const eventColumns =
  "e.seq, e.id, e.environment_id, e.external_id, e.name, e.ts, e.received_at, e.data, p.body as data_body, e.user_data, e.meta, e.v";
const eventTables = "events e left join payloads p on p.id = e.data_payload";
const itemStateNames = ["parked", "ready", "held"] as const;

export class Reports implements ReportsStore {
  readonly #reader: ReportReader;
  readonly #runs: RunReports;
  readonly #steps: StepReports;
  readonly #logs: LogReports;
  readonly #failures: FailureReports;
  readonly #why: WhyReports;

  constructor(db: DatabaseSync) {
    this.#reader = new ReportReader(db);
    this.#runs = new RunReports(this.#reader);
    this.#steps = new StepReports(this.#reader);
    this.#logs = new LogReports(this.#reader);
    this.#failures = new FailureReports(this.#reader);
    this.#why = new WhyReports(this.#reader);
  }

  async listRuns(filter: RunFilter, page: PageParams): Promise<Page<RunReport>> {
    const where = runConditions(filter);
    const rows = this.#page(`select ${runColumns} from ${runTables}`, "r.seq", where, page);
    return { ...rows, rows: rows.rows.map((row) => this.#runs.decode(row)) };
  }

  async countRuns(filter: RunFilter, cap: number): Promise<{ readonly count: number; readonly atLeast: boolean }> {
    const { sql, values } = clause(runConditions(filter));
    const row = this.#reader.get(`select count(*) as count from (select 1 from ${runTables} ${sql} limit ?)`, ...values, cap + 1);
    const count = Number(row?.["count"] ?? 0);
    return count > cap ? { count: cap, atLeast: true } : { count, atLeast: false };
  }

  async getRun(runId: RunId): Promise<RunReport | undefined> {
    const row = this.#reader.get(`select ${runColumns} from ${runTables} where r.id = ?`, runId);
    return row === undefined ? undefined : this.#runs.decode(row);
  }

  async findRunByPrefix(prefix: string): Promise<{ readonly runId?: RunId; readonly matches: number }> {
    const rows = this.#reader.all("select id from runs where id >= ? and id < ? order by id limit 2", prefix, `${prefix}~`);
    const [only] = rows;
    return rows.length === 1 && only !== undefined ? { runId: textOf(only, "id") as RunId, matches: 1 } : { matches: rows.length };
  }

  async runEvents(runId: RunId): Promise<readonly StoredEvent[]> {
    const several = this.#reader.all(
      `select ${eventColumns} from run_events r join events e on e.seq = r.event_seq left join payloads p on p.id = e.data_payload
        where r.run_seq = (select seq from runs where id = ?) order by r.ord`,
      runId,
    );
    const rows =
      several.length > 0
        ? several
        : this.#reader.all(`select ${eventColumns} from ${eventTables} where e.seq = (select event_seq from runs where id = ?)`, runId);
    return rows.map(decodeEvent);
  }

  async runSteps(runId: RunId): Promise<readonly StepReport[]> {
    return this.#steps.ofRun(runId);
  }

  async runAttempts(runId: RunId): Promise<readonly AttemptReport[]> {
    const rows = this.#reader.all("select * from attempts where run_seq = (select seq from runs where id = ?) order by seq", runId);
    return rows.map(decodeAttempt);
  }

  async runItems(runId: RunId): Promise<readonly ItemReport[]> {
    const rows = this.#reader.all(
      `select q.id, q.step_id, q.state, q.due_at, iif(q.own, r.attempt, q.attempt) as attempt
         from runs r join queue_items q on q.run_seq = r.seq where r.id = ?1
       union all
       select id, null, 2, queued_at, attempt from runs where id = ?1 and holder_id is not null
        order by due_at, id`,
      runId,
    );
    return rows.map((row) => ({
      id: textOf(row, "id"),
      ...optional<"stepId", StepId>("stepId", row["step_id"]),
      state: itemStateNames[numberOf(row, "state")] ?? "ready",
      dueAt: numberOf(row, "due_at") as EpochMs,
      attempt: numberOf(row, "attempt"),
    }));
  }

  async runLogs(
    runId: RunId,
    filter: LogFilter,
    page: LogPage,
  ): Promise<{ readonly lines: readonly LogReport[]; readonly hasMore: boolean }> {
    return this.#logs.ofRun(runId, filter, page);
  }

  async runLogCounts(runId: RunId): Promise<readonly LogCount[]> {
    return this.#logs.countsOfRun(runId);
  }

  async runMetadata(runId: RunId): Promise<readonly MetadataReport[]> {
    return metadataOfRun(this.#reader, runId);
  }

  async listEvents(filter: EventFilter, page: PageParams): Promise<Page<StoredEvent>> {
    const rows = this.#page(`select ${eventColumns} from ${eventTables}`, "e.seq", eventConditions(filter), page);
    return { ...rows, rows: rows.rows.map(decodeEvent) };
  }

  async getEvent(eventId: EventId): Promise<StoredEvent | undefined> {
    const row = this.#reader.get(`select ${eventColumns} from ${eventTables} where e.id = ?`, eventId);
    return row === undefined ? undefined : decodeEvent(row);
  }

  async eventRuns(eventId: EventId): Promise<readonly RunReport[]> {
    const seq = this.#reader.get("select seq from events where id = ?", eventId)?.["seq"];
    if (typeof seq !== "number") return [];
    const sql = `select ${runColumns} from ${runTables} where r.seq in (${runsOfEvent("?")}) order by r.seq`;
    return this.#reader.all(sql, seq, seq, seq, seq).map((row) => this.#runs.decode(row));
  }

  async eventOutcomes(eventId: EventId): Promise<readonly OutcomeReport[]> {
    const rows = this.#reader.all(
      `select o.function_id, f.slug, o.kind, o.detail, iif(o.kind = 'debounced', coalesce(
                (select e.id from runs r join events e on e.seq = r.event_seq where r.id = o.detail),
                (select e.id from pending_runs p join pending_events x on x.pending_seq = p.seq join events e on e.seq = x.event_seq
                  where p.run_id = o.detail)), null) as kept_id
         from event_outcomes o join functions f on f.id = o.function_id
        where o.event_seq = (select seq from events where id = ?) order by o.function_id`,
      eventId,
    );
    return rows.map((row) => ({
      functionId: numberOf(row, "function_id") as FunctionId,
      functionSlug: textOf(row, "slug"),
      kind: textOf(row, "kind") as OutcomeKind,
      ...optional<"detail", string>("detail", row["detail"]),
      ...optional<"keptEventId", EventId>("keptEventId", row["kept_id"]),
    }));
  }

  async backlog({ now }: { readonly now: EpochMs }): Promise<readonly BacklogReport[]> {
    const rows = this.#reader.all(
      `select f.slug, b.since, b.items
         from (select function_id, min(due_at) as since, count(*) as items
                 from queue_items
                where state in (0, 1) and due_at <= ?
                group by function_id) b
         join functions f on f.id = b.function_id
        order by b.since, f.slug`,
      now,
    );
    return rows.map((row) => ({
      functionSlug: textOf(row, "slug"),
      since: numberOf(row, "since") as EpochMs,
      items: numberOf(row, "items"),
    }));
  }

  async listFailures(filter: FailureGroupFilter, page: PageParams): Promise<Page<FailureGroupReport>> {
    const rows = this.#page(failureSelect, "g.last_seq", failureConditions(filter), page);
    return { ...rows, rows: rows.rows.map(decodeFailure) };
  }

  async countFailures(filter: FailureGroupFilter): Promise<Readonly<Record<FailureState, number>>> {
    return this.#failures.count(filter);
  }

  async findFailure(prefix: string): Promise<{ readonly group?: FailureGroupReport; readonly matches: number }> {
    return this.#failures.find(prefix);
  }

  runWaits(...params: Parameters<WhyReports["runWaits"]>): ReturnType<WhyReports["runWaits"]> {
    return this.#why.runWaits(...params);
  }

  pendingRun(...params: Parameters<WhyReports["pendingRun"]>): ReturnType<WhyReports["pendingRun"]> {
    return this.#why.pendingRun(...params);
  }

  failedAttempt(...params: Parameters<WhyReports["failedAttempt"]>): ReturnType<WhyReports["failedAttempt"]> {
    return this.#why.failedAttempt(...params);
  }

  laneReleases(...params: Parameters<WhyReports["laneReleases"]>): ReturnType<WhyReports["laneReleases"]> {
    return this.#why.laneReleases(...params);
  }

  eventWakes(...params: Parameters<WhyReports["eventWakes"]>): ReturnType<WhyReports["eventWakes"]> {
    return this.#why.eventWakes(...params);
  }

  eventRest(...params: Parameters<WhyReports["eventRest"]>): ReturnType<WhyReports["eventRest"]> {
    return this.#why.eventRest(...params);
  }

  findEventByPrefix(...params: Parameters<WhyReports["findEventByPrefix"]>): ReturnType<WhyReports["findEventByPrefix"]> {
    return this.#why.findEventByPrefix(...params);
  }

  async size(): Promise<{ readonly runs: number; readonly events: number; readonly bytes: number }> {
    const runs = Number(this.#reader.get("select count(*) as count from runs")?.["count"] ?? 0);
    const events = Number(this.#reader.get("select count(*) as count from events")?.["count"] ?? 0);
    const bytes = Number(
      this.#reader.get("select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()")?.["bytes"] ?? 0,
    );
    return { runs, events, bytes };
  }

  #page(select: string, key: string, conditions: Conditions, page: PageParams): Page<Row> {
    const isNewer = page.after !== undefined;
    const edge: Conditions = isNewer
      ? [[`${key} > ?`, page.after as number]]
      : page.before === undefined
        ? []
        : [[`${key} < ?`, page.before]];
    const { sql, values } = clause([...conditions, ...edge]);
    const rows = this.#reader.all(`${select} ${sql} order by ${key} ${isNewer ? "asc" : "desc"} limit ?`, ...values, page.limit + 1);
    const hasMore = rows.length > page.limit;
    const shown = rows.slice(0, page.limit);
    if (isNewer) return { rows: [...shown].reverse(), hasNewer: hasMore, hasOlder: true };
    return { rows: shown, hasOlder: hasMore, hasNewer: page.before !== undefined };
  }
}

function decodeAttempt(row: Row): AttemptReport {
  return {
    ...optional<"stepId", StepId>("stepId", row["step_id"]),
    attempt: numberOf(row, "attempt"),
    generation: numberOf(row, "generation"),
    startedAt: numberOf(row, "started_at") as EpochMs,
    endedAt: numberOf(row, "ended_at") as EpochMs,
    ...optional<"httpStatus", number>("httpStatus", row["http_status"]),
    ...optional<"errorCode", string>("errorCode", row["error_code"]),
    ...optional<"error", JsonText>("error", row["error"]),
    ...optional<"retryAt", EpochMs>("retryAt", row["retry_at"]),
    steps: numberOf(row, "steps"),
    ...optional<"injected", string>("injected", row["injected"]),
  };
}
