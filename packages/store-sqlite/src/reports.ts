// What people read, from a connection that can only read.

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { EpochMs, EventId, JsonText, RunId, RunStatus, StepId, StoreSeq } from "@stepwell/protocol";
import type {
  AppId,
  AttemptReport,
  EnvironmentId,
  EventFilter,
  FunctionId,
  ItemReport,
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
import { decodeEvent, numberOf, optional, type Row, statusNumbers, statusOf, textOf } from "./rows.ts";

const runColumns = `r.seq, r.id, r.environment_id, r.function_id, f.slug, f.name as function_name, f.app_id, a.name as app_name, r.status,
  r.queued_at, r.started_at, r.ended_at, r.generation, r.attempt, r.step_count, r.journal_length, r.holder_id, r.group_open,
  coalesce(r.output, po.body) as output, r.error, r.cancel_reason, r.warnings, e.id as event_id, e.name as event_name`;
const runTables = `runs r join functions f on f.id = r.function_id join apps a on a.id = f.app_id
  left join events e on e.seq = r.event_seq left join payloads po on po.id = r.output_payload`;
const eventColumns =
  "e.seq, e.id, e.environment_id, e.external_id, e.name, e.ts, e.received_at, e.data, p.body as data_body, e.user_data, e.meta, e.v";
const eventTables = "events e left join payloads p on p.id = e.data_payload";
/** The place of the next event after one: the runs of an event stand between the two. */
const afterEvent = "coalesce((select min(seq) from events where seq > ?), 9007199254740991)";
const stepStateNames = ["reported", "planned", "sleeping", "reported", "completed", "failed"] as const;
const itemStateNames = ["parked", "ready", "held"] as const;

export class Reports implements ReportsStore {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  async listRuns(filter: RunFilter, page: PageParams): Promise<Page<RunReport>> {
    const where = runConditions(filter);
    const rows = this.#page(`select ${runColumns} from ${runTables}`, "r.seq", where, page);
    return { ...rows, rows: rows.rows.map((row) => this.#report(row)) };
  }

  async countRuns(filter: RunFilter, cap: number): Promise<{ readonly count: number; readonly atLeast: boolean }> {
    const { sql, values } = clause(runConditions(filter));
    const row = this.#get(`select count(*) as count from (select 1 from ${runTables} ${sql} limit ?)`, ...values, cap + 1);
    const count = Number(row?.["count"] ?? 0);
    return count > cap ? { count: cap, atLeast: true } : { count, atLeast: false };
  }

  async getRun(runId: RunId): Promise<RunReport | undefined> {
    const row = this.#get(`select ${runColumns} from ${runTables} where r.id = ?`, runId);
    return row === undefined ? undefined : this.#report(row);
  }

  async findRunByPrefix(prefix: string): Promise<{ readonly runId?: RunId; readonly matches: number }> {
    const rows = this.#all("select id from runs where id >= ? and id < ? order by id limit 2", prefix, `${prefix}~`);
    const [only] = rows;
    return rows.length === 1 && only !== undefined ? { runId: textOf(only, "id") as RunId, matches: 1 } : { matches: rows.length };
  }

  async runEvents(runId: RunId): Promise<readonly StoredEvent[]> {
    const several = this.#all(
      `select ${eventColumns} from run_events r join events e on e.seq = r.event_seq left join payloads p on p.id = e.data_payload
        where r.run_seq = (select seq from runs where id = ?) order by r.ord`,
      runId,
    );
    const rows =
      several.length > 0
        ? several
        : this.#all(`select ${eventColumns} from ${eventTables} where e.seq = (select event_seq from runs where id = ?)`, runId);
    return rows.map(decodeEvent);
  }

  async runSteps(runId: RunId): Promise<readonly StepReport[]> {
    const rows = this.#all(
      `select j.*, coalesce(j.memo, p.body) as memo_text from journal_entries j left join payloads p on p.id = j.memo_payload
        where j.run_seq = (select seq from runs where id = ?) order by coalesce(j.ord, 1000000000), j.started_at, j.name`,
      runId,
    );
    return rows.map(decodeStep);
  }

  async runAttempts(runId: RunId): Promise<readonly AttemptReport[]> {
    const rows = this.#all("select * from attempts where run_seq = (select seq from runs where id = ?) order by seq", runId);
    return rows.map(decodeAttempt);
  }

  async runItems(runId: RunId): Promise<readonly ItemReport[]> {
    const rows = this.#all(
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

  async listEvents(filter: EventFilter, page: PageParams): Promise<Page<StoredEvent>> {
    const rows = this.#page(`select ${eventColumns} from ${eventTables}`, "e.seq", eventConditions(filter), page);
    return { ...rows, rows: rows.rows.map(decodeEvent) };
  }

  async getEvent(eventId: EventId): Promise<StoredEvent | undefined> {
    const row = this.#get(`select ${eventColumns} from ${eventTables} where e.id = ?`, eventId);
    return row === undefined ? undefined : decodeEvent(row);
  }

  async eventRuns(eventId: EventId): Promise<readonly RunReport[]> {
    const seq = this.#get("select seq from events where id = ?", eventId)?.["seq"];
    if (typeof seq !== "number") return [];
    const rows = this.#all(
      `select ${runColumns} from ${runTables} where r.seq > ? and r.seq < ${afterEvent} and r.event_seq = ? order by r.seq`,
      seq,
      seq,
      seq,
    );
    return rows.map((row) => this.#report(row));
  }

  async eventOutcomes(eventId: EventId): Promise<readonly OutcomeReport[]> {
    const rows = this.#all(
      "select o.function_id, f.slug, o.kind, o.detail from event_outcomes o join functions f on f.id = o.function_id where o.event_seq = (select seq from events where id = ?) order by o.function_id",
      eventId,
    );
    return rows.map((row) => ({
      functionId: numberOf(row, "function_id") as FunctionId,
      functionSlug: textOf(row, "slug"),
      kind: textOf(row, "kind") as OutcomeKind,
      ...optional<"detail", string>("detail", row["detail"]),
    }));
  }

  async size(): Promise<{ readonly runs: number; readonly events: number; readonly bytes: number }> {
    const runs = Number(this.#get("select count(*) as count from runs")?.["count"] ?? 0);
    const events = Number(this.#get("select count(*) as count from events")?.["count"] ?? 0);
    const bytes = Number(this.#get("select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()")?.["bytes"] ?? 0);
    return { runs, events, bytes };
  }

  #report(row: Row): RunReport {
    const seq = numberOf(row, "seq");
    const status = statusOf(row["status"]);
    const isAlive = status === "queued" || status === "running";
    const failed = Number(this.#get("select count(*) as count from journal_entries where run_seq = ? and state = 5", seq)?.["count"] ?? 0);
    const events = Number(this.#get("select count(*) as count from run_events where run_seq = ?", seq)?.["count"] ?? 0);
    // Born leased, it started when it was queued; a run that was never in hand did not start.
    const startedAt = row["started_at"] ?? (row["generation"] === 0 ? null : row["queued_at"]);
    return {
      seq: seq as StoreSeq,
      id: textOf(row, "id") as RunId,
      environmentId: numberOf(row, "environment_id") as EnvironmentId,
      functionId: numberOf(row, "function_id") as FunctionId,
      functionSlug: textOf(row, "slug"),
      functionName: textOf(row, "function_name"),
      appId: numberOf(row, "app_id") as AppId,
      appName: textOf(row, "app_name"),
      status,
      queuedAt: numberOf(row, "queued_at") as EpochMs,
      ...optional<"startedAt", EpochMs>("startedAt", startedAt),
      ...optional<"endedAt", EpochMs>("endedAt", row["ended_at"]),
      attempt: numberOf(row, "attempt"),
      stepsKnown: Math.max(numberOf(row, "step_count"), numberOf(row, "journal_length")),
      stepsSettled: numberOf(row, "journal_length"),
      stepsFailed: failed,
      ...optional<"eventId", EventId>("eventId", row["event_id"]),
      ...optional<"eventName", string>("eventName", row["event_name"]),
      eventCount: Math.max(1, events),
      ...optional<"output", JsonText>("output", row["output"]),
      ...optional<"error", JsonText>("error", row["error"]),
      ...optional<"cancelReason", string>("cancelReason", row["cancel_reason"]),
      ...optional<"warnings", JsonText>("warnings", row["warnings"]),
      ...(isAlive ? { live: this.#live(seq, row) } : {}),
    };
  }

  #live(seq: number, row: Row): NonNullable<RunReport["live"]> {
    const held =
      row["holder_id"] !== null || this.#get("select 1 from queue_items where run_seq = ? and state = 2 limit 1", seq) !== undefined;
    const next = this.#get(
      `select q.due_at, q.attempt, q.own, q.step_id, q.sleep, j.name from queue_items q
         left join journal_entries j on j.run_seq = q.run_seq and j.step_id = q.step_id
        where q.run_seq = ? and q.state <> 2 order by q.due_at limit 1`,
      seq,
    );
    if (next === undefined) return { held, sleeping: false };
    return {
      held,
      sleeping: next["sleep"] === 1,
      nextDueAt: numberOf(next, "due_at") as EpochMs,
      nextAttempt: next["own"] === 1 ? numberOf(row, "attempt") : numberOf(next, "attempt"),
      ...optional<"nextStepId", StepId>("nextStepId", next["step_id"]),
      ...optional<"nextStepName", string>("nextStepName", next["name"]),
    };
  }

  #page(select: string, key: string, conditions: Conditions, page: PageParams): Page<Row> {
    const isNewer = page.after !== undefined;
    const edge: Conditions = isNewer
      ? [[`${key} > ?`, page.after as number]]
      : page.before === undefined
        ? []
        : [[`${key} < ?`, page.before]];
    const { sql, values } = clause([...conditions, ...edge]);
    const rows = this.#all(`${select} ${sql} order by ${key} ${isNewer ? "asc" : "desc"} limit ?`, ...values, page.limit + 1);
    const hasMore = rows.length > page.limit;
    const shown = rows.slice(0, page.limit);
    if (isNewer) return { rows: [...shown].reverse(), hasNewer: hasMore, hasOlder: true };
    return { rows: shown, hasOlder: hasMore, hasNewer: page.before !== undefined };
  }

  #get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  #all(sql: string, ...values: SQLInputValue[]): readonly Row[] {
    return this.#statement(sql).all(...values);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(`-- stepwell: reports\n${sql}`);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Each a condition with its values; all of them hold. */
type Conditions = readonly (readonly [string, ...SQLInputValue[]])[];

function clause(conditions: Conditions): { readonly sql: string; readonly values: readonly SQLInputValue[] } {
  if (conditions.length === 0) return { sql: "", values: [] };
  return { sql: `where ${conditions.map(([sql]) => sql).join(" and ")}`, values: conditions.flatMap(([, ...values]) => values) };
}

function oneOf(column: string, values: readonly SQLInputValue[]): readonly [string, ...SQLInputValue[]] {
  return [`${column} in (${values.map(() => "?").join(", ")})`, ...values];
}

function runConditions(filter: RunFilter): Conditions {
  const conditions: (readonly [string, ...SQLInputValue[]])[] = [];
  if (filter.environmentId !== undefined) conditions.push(["r.environment_id = ?", filter.environmentId]);
  if (filter.statuses !== undefined) conditions.push(...statusConditions(filter.statuses));
  if (filter.functionIds !== undefined) conditions.push(oneOf("r.function_id", filter.functionIds));
  if (filter.appIds !== undefined) conditions.push(oneOf("f.app_id", filter.appIds));
  if (filter.eventId !== undefined) {
    const event = "(select seq from events where id = ?)";
    const next = `coalesce((select min(seq) from events where seq > ${event}), ${Number.MAX_SAFE_INTEGER})`;
    const { eventId } = filter;
    conditions.push([`r.event_seq = ${event} and r.seq > ${event} and r.seq < ${next}`, eventId, eventId, eventId]);
  }
  if (filter.eventName !== undefined) conditions.push(["e.name = ?", filter.eventName]);
  if (filter.queuedFrom !== undefined) conditions.push(["r.queued_at >= ?", filter.queuedFrom]);
  if (filter.queuedTo !== undefined) conditions.push(["r.queued_at < ?", filter.queuedTo]);
  return conditions;
}

/** The partial index of runs in trouble is used only by a question that repeats its condition. */
function statusConditions(statuses: readonly RunStatus[]): Conditions {
  const numbers = statuses.map((status) => statusNumbers[status]);
  const isTroubled = numbers.every((number) => number >= statusNumbers.failed);
  return [oneOf("r.status", numbers), ...(isTroubled ? ([["r.status >= 3"]] as const) : [])];
}

function eventConditions(filter: EventFilter): Conditions {
  const conditions: (readonly [string, ...SQLInputValue[]])[] = [];
  if (filter.environmentId !== undefined) conditions.push(["e.environment_id = ?", filter.environmentId]);
  if (filter.names !== undefined) conditions.push(oneOf("e.name", filter.names));
  if (filter.receivedFrom !== undefined) conditions.push(["e.received_at >= ?", filter.receivedFrom]);
  if (filter.receivedTo !== undefined) conditions.push(["e.received_at < ?", filter.receivedTo]);
  return conditions;
}

function decodeStep(row: Row): StepReport {
  return {
    stepId: textOf(row, "step_id") as StepId,
    op: textOf(row, "op"),
    ...optional<"stepType", string>("stepType", row["step_type"]),
    name: textOf(row, "name"),
    state: stepStateNames[numberOf(row, "state")] ?? "reported",
    ...optional<"ord", number>("ord", row["ord"]),
    ...optional<"memo", JsonText>("memo", row["memo_text"]),
    ...optional<"startedAt", EpochMs>("startedAt", row["started_at"]),
    ...optional<"endedAt", EpochMs>("endedAt", row["ended_at"]),
    ...optional<"dueAt", EpochMs>("dueAt", row["due_at"]),
    attempt: numberOf(row, "attempt"),
    ...(numberOf(row, "group_no") > 0 ? { group: numberOf(row, "group_no") } : {}),
  };
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
  };
}
