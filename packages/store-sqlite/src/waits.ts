// What is asked about waits, and about the events and ends of runs they look for.

import type { StatementSync } from "node:sqlite";
import type { EpochMs, StoreSeq } from "@stepwell/protocol";
import { isEndEventName } from "@stepwell/protocol";
import type { EndedRun, EnvironmentId, Mark, MetEvent, WaitRecord, WaitsStore } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { EndedRuns } from "./ended-runs.ts";
import { decodeEvent, numberOf, type Row } from "./rows.ts";
import type { WaitNames } from "./wait-names.ts";
import { decodeWait, waitColumns } from "./wait-record.ts";

export interface WaitParts {
  readonly connection: Connection;
  readonly names: WaitNames;
  readonly ended: EndedRuns;
  readonly matchedBefore: number;
}

const eventColumns =
  "e.seq, e.id, e.environment_id, e.external_id, e.name, e.ts, e.received_at, e.data, p.body as data_body, e.user_data, e.meta, e.v";
const eventTables = "events e left join payloads p on p.id = e.data_payload";

export class Waits implements WaitsStore {
  readonly matchedBefore: Mark;
  readonly #parts: WaitParts;
  readonly #withTerm: StatementSync;
  readonly #withoutTerm: StatementSync;
  readonly #one: StatementSync;
  readonly #unlooked: StatementSync;
  readonly #eventsSince: StatementSync;
  readonly #eventsFrom: StatementSync;
  readonly #ownEvents: StatementSync;

  constructor(parts: WaitParts) {
    this.#parts = parts;
    this.matchedBefore = String(parts.matchedBefore) as Mark;
    const prepare = parts.connection.prepare.bind(parts.connection);
    const found = `select ${waitColumns} from waits w join runs r on r.seq = w.run_seq where w.environment_id = ? and w.name = ?`;
    const open = "w.kind <= 1 and w.since_seq < ? and w.seq > ? order by w.seq limit ? + 0";
    this.#withTerm = prepare(`-- stepwell: waits.find by term\n${found} and w.path = ? and w.value = ? and ${open}`);
    this.#withoutTerm = prepare(`-- stepwell: waits.find without term\n${found} and w.path is null and w.value is null and ${open}`);
    this.#one = prepare(`-- stepwell: waits.look_back wait
      select ${waitColumns}, r.event_seq from waits w join runs r on r.seq = w.run_seq where w.seq = ? and w.unlooked = 1`);
    this.#unlooked = prepare("-- stepwell: waits.list_unlooked\nselect seq from waits where unlooked = 1 order by seq limit ? + 0");
    this.#eventsSince = prepare(`-- stepwell: waits.look_back events
      select ${eventColumns} from ${eventTables} where e.environment_id = ? and e.name = ? and e.seq > ? order by e.seq limit ? + 0`);
    this.#eventsFrom = prepare(`-- stepwell: waits.look_back events newest first
      select ${eventColumns} from ${eventTables} where e.environment_id = ? and e.name = ? order by e.seq desc limit ? + 0`);
    this.#ownEvents = prepare("-- stepwell: waits.look_back own events\nselect event_seq from run_events where run_seq = ?");
  }

  mark(): Mark {
    return String(this.#parts.connection.seq) as Mark;
  }

  get hasAny(): boolean {
    return !this.#parts.names.isEmpty;
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
    const since = Math.max(Number(wait.since), params.after ?? 0);
    // One more than asked for says whether there are more.
    const most = params.limit + 1;
    const events = wait.lookBackFrom === undefined ? this.#since(wait, since, most) : this.#from(wait, row, wait.lookBackFrom, most);
    return { wait, events: events.slice(0, params.limit), more: events.length > params.limit };
  }

  async listUnlooked(params: { readonly limit: number }): Promise<readonly StoreSeq[]> {
    return this.#unlooked.all(params.limit).map((row) => numberOf(row, "seq") as StoreSeq);
  }

  async listUnmatched({ after, limit }: Parameters<WaitsStore["listUnmatched"]>[0]): ReturnType<WaitsStore["listUnmatched"]> {
    const met: MetEvent[] = [];
    let isEndAwaited = false;
    for (const { environmentId, name } of this.#parts.names.names()) {
      for (const row of this.#eventsSince.all(environmentId, name, Number(after), limit))
        met.push({ kind: "stored", event: decodeEvent(row) });
      if (isEndEventName(name)) isEndAwaited = true;
    }
    if (isEndAwaited) for (const place of this.#parts.ended.unmatched(Number(after), limit)) met.push({ kind: "ended", ...place });
    const events = met.sort((one, other) => placeOf(one) - placeOf(other)).slice(0, limit);
    const last = events.at(-1);
    return { events, upTo: last === undefined ? after : (String(placeOf(last)) as Mark) };
  }

  async loadEnds(runSeqs: readonly StoreSeq[]): Promise<readonly (EndedRun | undefined)[]> {
    return runSeqs.map((seq) => this.#parts.ended.load(seq));
  }

  /** Oldest first. */
  #since(wait: WaitRecord, seq: number, limit: number): readonly MetEvent[] {
    const events: MetEvent[] = this.#eventsSince.all(wait.environmentId, wait.eventName, seq, limit).map(decodeMet);
    if (!isEndEventName(wait.eventName)) return events;
    for (const place of this.#parts.ended.since(wait, seq, limit)) events.push({ kind: "ended", ...place });
    return events.sort((one, other) => placeOf(one) - placeOf(other)).slice(0, limit);
  }

  /** Newest first. Only here the run's own events could be met. */
  #from(wait: WaitRecord, row: Row, time: EpochMs, limit: number): readonly MetEvent[] {
    const own = new Set([numberOf(row, "event_seq"), ...this.#ownEvents.all(wait.runSeq).map((event) => numberOf(event, "event_seq"))]);
    const since = Number(wait.since);
    const events = this.#eventsFrom
      .all(wait.environmentId, wait.eventName, limit + own.size)
      .map(decodeEvent)
      .filter(({ seq, receivedAt }) => !own.has(seq) && (receivedAt >= time || seq > since))
      .map((event): MetEvent => ({ kind: "stored", event }));
    if (!isEndEventName(wait.eventName)) return events.slice(0, limit);
    for (const place of this.#parts.ended.from(wait, time, since, limit)) events.push({ kind: "ended", ...place });
    return events.sort((one, other) => placeOf(other) - placeOf(one)).slice(0, limit);
  }
}

function decodeMet(row: Row): MetEvent {
  return { kind: "stored", event: decodeEvent(row) };
}

function placeOf(met: MetEvent): number {
  return met.kind === "stored" ? met.event.seq : met.endedSeq;
}
