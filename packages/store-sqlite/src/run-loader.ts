// Loads many runs at once, a statement for each kind of row: a claim of two hundred runs would ask a thousand questions.

import type { StatementSync } from "node:sqlite";
import { asJson, eventMapJson, type JsonText, type StepId } from "@stepwell/protocol";
import type { JournalEntry, LoadParams, RunState, StoredEvent } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { decodeEvent, decodeRun, numberOf, optional, type Row, textOf } from "./rows.ts";
import type { StepInputs } from "./step-inputs.ts";

const eventColumns =
  "e.seq, e.id, e.environment_id, e.external_id, e.name, e.ts, e.received_at, e.data, ep.body as data_body, e.user_data, e.meta, e.v";
const eventPayload = "left join payloads ep on ep.id = e.data_payload";

export class RunLoader {
  readonly #runs: StatementSync;
  readonly #firstEvents: StatementSync;
  readonly #events: StatementSync;
  readonly #entries: StatementSync;
  readonly #memoEvents: StatementSync;
  readonly #items: StatementSync;
  readonly #waits: StatementSync;
  readonly #inputs: StepInputs;

  constructor(connection: Connection, inputs: StepInputs) {
    this.#inputs = inputs;
    const prepare = connection.prepare.bind(connection);
    this.#runs = prepare("-- stepwell: runs.load many\nselect r.* from json_each(?) w join runs r on r.seq = w.value");
    this.#firstEvents = prepare(`-- stepwell: runs.load first events
      select r.seq as run_seq, ${eventColumns} from json_each(?) w join runs r on r.seq = w.value join events e on e.seq = r.event_seq ${eventPayload}`);
    this.#events = prepare(`-- stepwell: runs.load all events
      select x.run_seq, x.ord, ${eventColumns} from json_each(?) w join run_events x on x.run_seq = w.value join events e on e.seq = x.event_seq ${eventPayload}`);
    this.#entries = prepare(`-- stepwell: runs.load journals
      select w.key as place, j.step_id, j.ord, coalesce(j.memo, p.body) as memo, j.memo_event,
             iif(j.state = 5, j.name, null) as failed_name
        from json_each(?) w join journal_entries j on j.run_seq = w.value ->> 0 left join payloads p on p.id = j.memo_payload
       where j.ord is not null and j.ord <= w.value ->> 1`);
    this.#memoEvents = prepare(
      `-- stepwell: runs.load memo events\nselect ${eventColumns} from json_each(?) w join events e on e.seq = w.value ${eventPayload}`,
    );
    this.#items = prepare(
      "-- stepwell: runs.load item counts\nselect q.run_seq, count(*) as count from json_each(?) w join queue_items q on q.run_seq = w.value where q.own = 0 group by q.run_seq",
    );
    this.#waits = prepare(
      "-- stepwell: runs.load wait counts\nselect x.run_seq, count(*) as count from json_each(?) w join waits x on x.run_seq = w.value where x.kind <> 1 group by x.run_seq",
    );
  }

  /** One for each param; `undefined` where the run is gone. */
  load(params: readonly LoadParams[]): readonly (RunState | undefined)[] {
    const seqs = asJson([...new Set(params.map(({ runSeq }) => runSeq))]);
    const runs = new Map(this.#runs.all(seqs).map((row) => [numberOf(row, "seq"), row]));
    const events = this.#eventsOf(seqs);
    const entries = this.#entriesOf(params);
    const others = new Map<number, number>();
    for (const row of [...this.#items.all(seqs), ...this.#waits.all(seqs)])
      others.set(numberOf(row, "run_seq"), (others.get(numberOf(row, "run_seq")) ?? 0) + numberOf(row, "count"));
    return params.map(({ runSeq }, place) => {
      const row = runs.get(runSeq);
      if (row === undefined) return undefined;
      return {
        run: decodeRun(row),
        events: events.get(runSeq) ?? [],
        entries: entries[place] ?? [],
        otherItems: others.get(runSeq) ?? 0,
        ...this.#inputs.of(runSeq, row["origin"]),
      };
    });
  }

  #eventsOf(seqs: JsonText): ReadonlyMap<number, readonly StoredEvent[]> {
    const events = new Map<number, StoredEvent[]>();
    // A batch has all of its events in its own rows, the first one too.
    const rows = this.#events.all(seqs).sort((one, other) => numberOf(one, "ord") - numberOf(other, "ord"));
    for (const row of rows) push(events, numberOf(row, "run_seq"), decodeEvent(row));
    for (const row of this.#firstEvents.all(seqs))
      if (!events.has(numberOf(row, "run_seq"))) events.set(numberOf(row, "run_seq"), [decodeEvent(row)]);
    return events;
  }

  #entriesOf(params: readonly LoadParams[]): readonly (readonly JournalEntry[])[] {
    const wanted = params.map(({ runSeq, journalLength }) => [runSeq, journalLength ?? Number.MAX_SAFE_INTEGER]);
    const rows = this.#entries.all(asJson(wanted));
    const eventSeqs = rows.flatMap(({ memo_event: seq }) => (typeof seq === "number" ? [seq] : []));
    const memoEvents =
      eventSeqs.length === 0
        ? new Map<number, JsonText>()
        : new Map(this.#memoEvents.all(asJson([...new Set(eventSeqs)])).map((row) => [numberOf(row, "seq"), memoOf(decodeEvent(row))]));
    const entries: JournalEntry[][] = params.map(() => []);
    for (const row of rows) entries[numberOf(row, "place")]?.push(decodeEntry(row, memoEvents));
    for (const list of entries) list.sort((one, other) => one.ord - other.ord);
    return entries;
  }
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Made once, however many runs the event woke: each has the same text. */
function memoOf(event: StoredEvent): JsonText {
  return eventMapJson({ ...event, id: event.externalId ?? event.id });
}

function decodeEntry(row: Row, eventMemos: ReadonlyMap<number, JsonText>): JournalEntry {
  const eventMemo = typeof row["memo_event"] === "number" ? eventMemos.get(row["memo_event"]) : undefined;
  const memo = eventMemo ?? (textOf(row, "memo") as JsonText);
  return {
    stepId: textOf(row, "step_id") as StepId,
    ord: numberOf(row, "ord"),
    memo,
    ...optional<"failedName", string>("failedName", row["failed_name"]),
  };
}
