import type { StatementSync } from "node:sqlite";
import { eventMapJson, type JsonText, type RunId, type StepId } from "@stepwell/protocol";
import type { JournalEntry, LoadParams, RunRecord, RunState, RunsStore, StoredEvent } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { decodeEvent, decodeRun, numberOf, optional, type Row, textOf } from "./rows.ts";
import { RunLoader } from "./run-loader.ts";
import { StepInputs } from "./step-inputs.ts";

const eventColumns =
  "e.seq, e.id, e.environment_id, e.external_id, e.name, e.ts, e.received_at, e.data, p.body as data_body, e.user_data, e.meta, e.v";

/** What a call is built from: the run, its events, its journal. */
export class Runs implements RunsStore {
  readonly #loader: RunLoader;
  readonly #inputs: StepInputs;
  readonly #run: StatementSync;
  readonly #runById: StatementSync;
  readonly #event: StatementSync;
  readonly #events: StatementSync;
  readonly #entries: StatementSync;
  readonly #otherItems: StatementSync;

  constructor(connection: Connection) {
    this.#inputs = new StepInputs(connection);
    this.#loader = new RunLoader(connection, this.#inputs);
    const prepare = connection.prepare.bind(connection);
    this.#run = prepare("-- stepwell: runs.load\nselect * from runs where seq = ?");
    this.#runById = prepare("-- stepwell: runs.find\nselect * from runs where id = ?");
    this.#event = prepare(
      `-- stepwell: runs.load event\nselect ${eventColumns} from events e left join payloads p on p.id = e.data_payload where e.seq = ?`,
    );
    this.#events = prepare(`-- stepwell: runs.load events
      select ${eventColumns} from run_events r join events e on e.seq = r.event_seq left join payloads p on p.id = e.data_payload
       where r.run_seq = ? order by r.ord`);
    this.#entries = prepare(`-- stepwell: runs.load journal
      select j.step_id, j.ord, coalesce(j.memo, p.body) as memo, j.memo_event,
             iif(j.state = 5, j.name, null) as failed_name from journal_entries j left join payloads p on p.id = j.memo_payload
       where j.run_seq = ? and j.ord is not null and j.ord <= ? order by j.ord`);
    this.#otherItems = prepare(`-- stepwell: runs.load items
      select (select count(*) from queue_items where run_seq = ?1 and own = 0) + (select count(*) from waits where run_seq = ?1 and kind <> 1) as count`);
  }

  async load(params: readonly LoadParams[]): Promise<readonly (RunState | undefined)[]> {
    const [only] = params;
    if (params.length === 1 && only !== undefined) return [this.#load(only)];
    // The parallel steps of one run are claimed together, and most of them were planned on one snapshot.
    const places = new Map<string, number>();
    const wanted: LoadParams[] = [];
    const placeOf = params.map((param) => {
      const key = `${param.runSeq} ${param.journalLength}`;
      if (!places.has(key)) places.set(key, wanted.push(param) - 1);
      return places.get(key) ?? 0;
    });
    const loaded = this.#loader.load(wanted);
    return placeOf.map((place) => loaded[place]);
  }

  async find(runId: RunId): Promise<RunRecord | undefined> {
    const row = this.#runById.get(runId);
    return row === undefined ? undefined : decodeRun(row);
  }

  #load({ runSeq, journalLength }: LoadParams): RunState | undefined {
    const row = this.#run.get(runSeq);
    if (row === undefined) return undefined;
    const rows = this.#entries.all(runSeq, journalLength ?? Number.MAX_SAFE_INTEGER);
    return {
      run: decodeRun(row),
      events: this.eventsOf(row),
      entries: rows.map((entry) => this.#decodeEntry(entry)),
      otherItems: numberOf(this.#otherItems.get(runSeq) ?? {}, "count"),
      ...this.#inputs.of(runSeq, row["origin"]),
    };
  }

  event(seq: number): StoredEvent | undefined {
    const row = this.#event.get(seq);
    return row === undefined ? undefined : decodeEvent(row);
  }

  eventsOf(run: Row): readonly StoredEvent[] {
    const several = this.#events.all(numberOf(run, "seq"));
    if (several.length > 0) return several.map(decodeEvent);
    const one = this.#event.get(numberOf(run, "event_seq"));
    return one === undefined ? [] : [decodeEvent(one)];
  }

  #decodeEntry(row: Row): JournalEntry {
    const { memo_event: eventSeq } = row;
    const event = typeof eventSeq === "number" ? this.event(eventSeq) : undefined;
    const memo = event === undefined ? (textOf(row, "memo") as JsonText) : eventMapJson({ ...event, id: event.externalId ?? event.id });
    return {
      stepId: textOf(row, "step_id") as StepId,
      ord: numberOf(row, "ord"),
      memo,
      ...optional<"failedName", string>("failedName", row["failed_name"]),
    };
  }
}
