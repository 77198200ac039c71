// What is asked about waits, and about the events and ends of runs they look for.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EpochMs, JsonText, RunId, StoreSeq } from "@stepwell/protocol";
import { isEndEventName } from "@stepwell/protocol";
import type { EndedRun, EnvironmentId, FunctionId, Mark, MetEvent, StoredEvent, WaitRecord, WaitsStore } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { RecentEnds } from "./recent-ends.ts";
import { decodeEvent, numberOf, optional, type Row, statusOf, textOf } from "./rows.ts";
import type { Runs } from "./runs.ts";
import type { WaitNames } from "./wait-names.ts";
import { decodeWait, waitColumns } from "./wait-record.ts";

export interface WaitParts {
  readonly connection: Connection;
  readonly names: WaitNames;
  readonly ends: RecentEnds;
  readonly runs: Runs;
  readonly matchedBefore: number;
}

/** Runs looked at for a lookback on a system event, newest first. */
const endsScannedMax = 20_000;

const eventColumns =
  "e.seq, e.id, e.environment_id, e.external_id, e.name, e.ts, e.received_at, e.data, p.body as data_body, e.user_data, e.meta, e.v";
const eventTables = "events e left join payloads p on p.id = e.data_payload";

export class Waits implements WaitsStore {
  readonly matchedBefore: StoreSeq;
  readonly #parts: WaitParts;
  readonly #db: DatabaseSync;
  readonly #withTerm: StatementSync;
  readonly #withoutTerm: StatementSync;
  readonly #one: StatementSync;
  readonly #unlooked: StatementSync;
  readonly #eventsSince: StatementSync;
  readonly #eventsFrom: StatementSync;
  readonly #ended: StatementSync;

  constructor(parts: WaitParts) {
    this.#parts = parts;
    this.#db = parts.connection.db;
    this.matchedBefore = parts.matchedBefore as StoreSeq;
    const prepare = parts.connection.prepare.bind(parts.connection);
    const found = `select ${waitColumns} from waits w join runs r on r.seq = w.run_seq where w.environment_id = ? and w.name = ?`;
    const open = "w.kind <= 1 and w.since_seq < ? and w.seq > ? order by w.seq limit ?";
    this.#withTerm = prepare(`-- stepwell: waits.find by term\n${found} and w.path = ? and w.value = ? and ${open}`);
    this.#withoutTerm = prepare(`-- stepwell: waits.find without term\n${found} and w.path is null and w.value is null and ${open}`);
    this.#one = prepare(`-- stepwell: waits.look_back wait
      select ${waitColumns}, r.event_seq from waits w join runs r on r.seq = w.run_seq where w.seq = ? and w.unlooked = 1`);
    this.#unlooked = prepare("-- stepwell: waits.list_unlooked\nselect seq from waits where unlooked = 1 order by seq limit ?");
    this.#eventsSince = prepare(`-- stepwell: waits.look_back events
      select ${eventColumns} from ${eventTables} where e.environment_id = ? and e.name = ? and e.seq > ? order by e.seq limit ?`);
    this.#eventsFrom = prepare(`-- stepwell: waits.look_back events newest first
      select ${eventColumns} from ${eventTables} where e.environment_id = ? and e.name = ? order by e.seq desc limit ?`);
    this.#ended = prepare("-- stepwell: waits.load_ends\nselect * from runs where seq = ? and ended_at is not null");
  }

  mark(): Mark {
    return String(this.#parts.connection.seq) as Mark;
  }

  isAwaited(environmentId: EnvironmentId, eventName: string): boolean {
    return this.#parts.names.has(environmentId, eventName);
  }

  pathsOf(environmentId: EnvironmentId, eventName: string): readonly string[] {
    return this.#parts.names.pathsOf(environmentId, eventName);
  }

  async find(params: Parameters<WaitsStore["find"]>[0]): Promise<readonly WaitRecord[]> {
    const { environmentId, eventName, terms, eventSeq, after, limit } = params;
    const rows: Row[] = [...this.#withoutTerm.all(environmentId, eventName, eventSeq, after, limit)];
    for (const { path, value } of terms) rows.push(...this.#withTerm.all(environmentId, eventName, path, value, eventSeq, after, limit));
    rows.sort((one, other) => numberOf(one, "seq") - numberOf(other, "seq"));
    return rows.slice(0, limit).map(decodeWait);
  }

  async lookBack(params: Parameters<WaitsStore["lookBack"]>[0]): ReturnType<WaitsStore["lookBack"]> {
    const row = this.#one.get(params.waitSeq);
    if (row === undefined) return undefined;
    const wait = decodeWait(row);
    const own = new Set([numberOf(row, "event_seq")]);
    const isSystem = isEndEventName(wait.eventName);
    const since = wait.lookBackFrom === undefined ? this.#since(wait, params.limit) : this.#from(wait, wait.lookBackFrom, params.limit);
    const events: MetEvent[] = since.filter(({ seq }) => !own.has(seq)).map((event) => ({ kind: "stored", event }) as const);
    if (isSystem) events.push(...this.#endsFor(wait, params.limit));
    return { wait, events };
  }

  async listUnlooked(params: { readonly limit: number }): Promise<readonly StoreSeq[]> {
    return this.#unlooked.all(params.limit).map((row) => numberOf(row, "seq") as StoreSeq);
  }

  async listUnmatched(params: { readonly after: StoreSeq; readonly limit: number }): Promise<readonly MetEvent[]> {
    const met: MetEvent[] = [];
    let isSystemAwaited = false;
    for (const { environmentId, name } of this.#parts.names.names()) {
      for (const row of this.#eventsSince.all(environmentId, name, params.after, params.limit))
        met.push({ kind: "stored", event: decodeEvent(row) });
      if (isEndEventName(name)) isSystemAwaited = true;
    }
    if (isSystemAwaited) met.push(...this.#endedAfter(params.after, params.limit));
    return met.sort((one, other) => placeOf(one) - placeOf(other)).slice(0, params.limit);
  }

  async loadEnds(runSeqs: readonly StoreSeq[]): Promise<readonly (EndedRun | undefined)[]> {
    return runSeqs.map((seq) => {
      const row = this.#ended.get(seq);
      return row === undefined ? undefined : this.#decodeEnd(row);
    });
  }

  #since(wait: WaitRecord, limit: number): readonly StoredEvent[] {
    return this.#eventsSince.all(wait.environmentId, wait.eventName, Number(wait.since), limit).map(decodeEvent);
  }

  #from(wait: WaitRecord, from: EpochMs, limit: number): readonly StoredEvent[] {
    const events = this.#eventsFrom.all(wait.environmentId, wait.eventName, limit).map(decodeEvent);
    return events.filter(({ seq, receivedAt }) => receivedAt >= from || seq > Number(wait.since));
  }

  #endsFor(wait: WaitRecord, limit: number): readonly MetEvent[] {
    const { lookBackFrom } = wait;
    if (lookBackFrom !== undefined) {
      const rows = this.#db
        .prepare(
          `-- stepwell: waits.look_back ends
           select seq, ended_seq, ended_at from (select seq, ended_seq, ended_at from runs order by seq desc limit ${endsScannedMax})
            where ended_at >= ? order by ended_seq desc limit ?`,
        )
        .all(lookBackFrom, limit);
      return rows.map(decodePlace);
    }
    const recent = this.#parts.ends.after(Number(wait.since));
    if (!recent.isWhole) return this.#endedAfter(Number(wait.since), limit);
    const places = recent.runSeqs.map((seq) => this.#ended.get(seq)).filter((row) => row !== undefined);
    return places.slice(0, limit).map(decodePlace);
  }

  /** Reads the whole table: only after a restart, and only where somebody waits for a system event. */
  #endedAfter(seq: number, limit: number): readonly MetEvent[] {
    return this.#db
      .prepare("-- stepwell: waits.ended_after\nselect seq, ended_seq from runs where ended_seq > ? order by ended_seq limit ?")
      .all(seq, limit)
      .map(decodePlace);
  }

  #decodeEnd(row: Row): EndedRun {
    const output = row["output"] ?? this.#payload(row["output_payload"]);
    return {
      runId: textOf(row, "id") as RunId,
      functionId: numberOf(row, "function_id") as FunctionId,
      environmentId: numberOf(row, "environment_id") as EnvironmentId,
      status: statusOf(row["status"]) as EndedRun["status"],
      endedAt: numberOf(row, "ended_at") as EpochMs,
      endedSeq: numberOf(row, "ended_seq") as StoreSeq,
      events: this.#parts.runs.eventsOf(row),
      ...optional<"output", JsonText>("output", output),
      ...optional<"error", JsonText>("error", row["error"]),
      ...optional<"origin", string>("origin", row["origin"]),
    };
  }

  #payload(id: unknown): unknown {
    if (typeof id !== "number") return undefined;
    return this.#db.prepare("-- stepwell: payloads.read\nselect body from payloads where id = ?").get(id)?.["body"];
  }
}

function decodePlace(row: Row): MetEvent {
  return { kind: "ended", runSeq: numberOf(row, "seq") as StoreSeq, endedSeq: numberOf(row, "ended_seq") as StoreSeq };
}

function placeOf(met: MetEvent): number {
  return met.kind === "stored" ? met.event.seq : met.endedSeq;
}
