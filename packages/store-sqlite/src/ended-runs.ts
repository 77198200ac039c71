// The ends of runs as events that nobody wrote down: which ended after a place or since a time, and what each one tells.

import type { StatementSync } from "node:sqlite";
import { type EpochMs, type JsonText, type RunId, type StoreSeq, systemEvents } from "@stepwell/protocol";
import type { EndedRun, EnvironmentId, FunctionId, StoredEvent } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { RecentEnds } from "./recent-ends.ts";
import { numberOf, optional, type Row, statusNumbers, statusOf, textOf } from "./rows.ts";

export interface RunEndPlace {
  readonly runSeq: StoreSeq;
  readonly endedSeq: StoreSeq;
}

/** Which ends an event name tells of. */
export interface EndMatch {
  readonly environmentId: EnvironmentId;
  readonly eventName: string;
}

/** Runs looked at for a lookback on a system event, newest first. */
const runsScannedMax = 20_000;

const { completed, failed, cancelled } = statusNumbers;
const statusesOf: ReadonlyMap<string, ReadonlySet<number>> = new Map([
  [systemEvents.finished, new Set<number>([completed, failed, cancelled])],
  [systemEvents.failed, new Set<number>([failed])],
  [systemEvents.cancelled, new Set<number>([cancelled])],
]);

const none: ReadonlySet<number> = new Set();

export class EndedRuns {
  readonly #ends: RecentEnds;
  readonly #eventsOf: (run: Row) => readonly StoredEvent[];
  readonly #openedAfter: number;
  readonly #whole: StatementSync;
  readonly #place: StatementSync;
  readonly #newest: StatementSync;
  readonly #after: StatementSync;
  readonly #payload: StatementSync;
  readonly #firstUnlooked: StatementSync;
  /** Those of processes before this one that come after a place: what a take-over looks for. Read once, and again from further back. */
  #inherited: { readonly after: number; readonly rows: readonly Row[] } | undefined;

  constructor(parts: {
    readonly connection: Connection;
    readonly ends: RecentEnds;
    readonly eventsOf: (run: Row) => readonly StoredEvent[];
  }) {
    this.#ends = parts.ends;
    this.#eventsOf = parts.eventsOf;
    this.#openedAfter = parts.connection.seq;
    const prepare = parts.connection.prepare.bind(parts.connection);
    const columns = "seq, ended_seq, ended_at, status, environment_id";
    this.#whole = prepare("-- stepwell: ended_runs.load\nselect * from runs where seq = ? and ended_at is not null");
    this.#place = prepare(`-- stepwell: ended_runs.place\nselect ${columns} from runs where seq = ? and ended_at is not null`);
    this.#newest = prepare(`-- stepwell: ended_runs.newest
      select ${columns} from (select ${columns} from runs order by seq desc limit ${runsScannedMax})
       where ended_at >= ? and environment_id = ? and (1 << status) & ? <> 0 order by ended_seq desc limit ? + 0`);
    this.#after = prepare(`-- stepwell: ended_runs.after
      select ${columns} from runs where ended_seq > ? order by ended_seq`);
    this.#firstUnlooked = prepare("-- stepwell: ended_runs.first_unlooked\nselect min(since_seq) as seq from waits where unlooked = 1");
    this.#payload = prepare("-- stepwell: payloads.read\nselect body from payloads where id = ?");
  }

  /** Oldest first. */
  since(match: EndMatch, seq: number, limit: number): readonly RunEndPlace[] {
    const places: RunEndPlace[] = [];
    for (const row of this.#rowsAfter(seq, statusesOf.get(match.eventName) ?? none)) {
      if (places.length >= limit) break;
      if (tells(match, row)) places.push(decodePlace(row));
    }
    return places;
  }

  /** Newest first: those from the time on, and whatever ended after the place. */
  from(match: EndMatch, time: EpochMs, seq: number, limit: number): readonly RunEndPlace[] {
    const places = new Map<number, RunEndPlace>();
    const statuses = [...(statusesOf.get(match.eventName) ?? none)].reduce((bits, status) => bits | (1 << status), 0);
    for (const row of this.#newest.all(time, match.environmentId, statuses, limit)) places.set(numberOf(row, "seq"), decodePlace(row));
    for (const place of this.since(match, seq, Number.MAX_SAFE_INTEGER)) places.set(place.runSeq, place);
    return [...places.values()].sort((one, other) => other.endedSeq - one.endedSeq).slice(0, limit);
  }

  /** All of them, oldest first, for a take-over. */
  unmatched(seq: number, limit: number): readonly RunEndPlace[] {
    const places: RunEndPlace[] = [];
    for (const row of this.#rowsAfter(seq, statusesOf.get(systemEvents.finished) ?? none)) {
      if (places.length >= limit) break;
      places.push(decodePlace(row));
    }
    return places;
  }

  load(runSeq: StoreSeq): EndedRun | undefined {
    const row = this.#whole.get(runSeq);
    if (row === undefined) return undefined;
    const payload = row["output_payload"];
    const output = row["output"] ?? (typeof payload === "number" ? this.#payload.get(payload)?.["body"] : undefined);
    return {
      runId: textOf(row, "id") as RunId,
      functionId: numberOf(row, "function_id") as FunctionId,
      environmentId: numberOf(row, "environment_id") as EnvironmentId,
      status: statusOf(row["status"]) as EndedRun["status"],
      endedAt: numberOf(row, "ended_at") as EpochMs,
      endedSeq: numberOf(row, "ended_seq") as StoreSeq,
      events: this.#eventsOf(row),
      ...optional<"output", JsonText>("output", output),
      ...optional<"error", JsonText>("error", row["error"]),
      ...optional<"origin", string>("origin", row["origin"]),
    };
  }

  /** Oldest first. What ended before this process opened the file is in nobody's memory. */
  *#rowsAfter(seq: number, statuses: ReadonlySet<number>): Generator<Row> {
    const own = this.#ends.after(Math.max(seq, this.#openedAfter), statuses);
    if (!own.isWhole) {
      yield* this.#after.iterate(seq);
      return;
    }
    if (seq < this.#openedAfter) yield* this.#inheritedAfter(seq);
    yield* this.#read(own.runSeqs, seq);
  }

  /** Reads the whole table at the first question, from the lowest place that anybody may ask for. */
  #inheritedAfter(seq: number): readonly Row[] {
    if (this.#inherited === undefined || seq < this.#inherited.after) {
      const first = this.#firstUnlooked.get()?.["seq"];
      const after = typeof first === "number" ? Math.min(first, seq) : seq;
      const rows = this.#after.all(after).filter((row) => numberOf(row, "ended_seq") <= this.#openedAfter);
      this.#inherited = { after, rows };
    }
    return this.#inherited.rows.filter((row) => numberOf(row, "ended_seq") > seq);
  }

  /** What was remembered and then taken back is not there. */
  *#read(runSeqs: readonly number[], seq: number): Generator<Row> {
    for (const runSeq of new Set(runSeqs)) {
      const row = this.#place.get(runSeq);
      if (row !== undefined && numberOf(row, "ended_seq") > seq) yield row;
    }
  }
}

function tells({ environmentId, eventName }: EndMatch, row: Row): boolean {
  return numberOf(row, "environment_id") === environmentId && statusesOf.get(eventName)?.has(numberOf(row, "status")) === true;
}

function decodePlace(row: Row): RunEndPlace {
  return { runSeq: numberOf(row, "seq") as StoreSeq, endedSeq: numberOf(row, "ended_seq") as StoreSeq };
}
