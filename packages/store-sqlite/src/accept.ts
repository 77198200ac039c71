// Records events and what they start.

import type { StatementSync } from "node:sqlite";
import { rateLimitedDetail, type StoreSeq } from "@stepwell/protocol";
import type {
  AcceptedEvent,
  AcceptUnit,
  CollectRun,
  EventRecord,
  EventResult,
  HolderRef,
  Mark,
  NotStarted,
  StartResult,
  StartRun,
  UnitOutcome,
} from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { Cursors } from "./cursors.ts";
import type { Items } from "./items.ts";
import { type LaneGates, noGates } from "./lane.ts";
import type { Lanes } from "./lanes.ts";
import { Payloads } from "./payloads.ts";
import type { Pending } from "./pending.ts";
import type { Replacements } from "./replacements.ts";
import type { RunRules } from "./run-rules.ts";
import type { Singletons } from "./singletons.ts";
import { ownItem } from "./slots.ts";
import type { StartGates } from "./start-gates.ts";
import type { Timers } from "./timers.ts";

export interface AcceptParts {
  readonly connection: Connection;
  readonly lanes: Lanes;
  readonly items: Items;
  readonly payloads: Payloads;
  readonly rules: RunRules;
  readonly timers: Timers;
  readonly cursors: Cursors;
  readonly gates: StartGates;
  readonly pending: Pending;
  readonly singletons: Singletons;
  readonly replacements: Replacements;
  readonly epoch: number;
  readonly holderId: number;
}

/** Of a run that is made later than its event. */
export interface LateStart {
  /** Rules whose events may have come meanwhile: their holder looks for them. */
  readonly unlooked?: StoreSeq[];
  /** Events that would cancel it count from here on, instead of from its event on. */
  readonly since?: number;
}

/** A start of which there is no run. */
export type TurnedAway = Exclude<NotStarted, { readonly kind: "skipped" }>;

export class Accept {
  readonly #parts: AcceptParts;
  readonly #insertEvent: StatementSync;
  /** The same of an event that has a name and data and nothing else: a parameter that is bound costs, null or not. */
  readonly #insertPlainEvent: StatementSync;
  readonly #insertRun: StatementSync;
  readonly #setPriority: StatementSync;
  /** The same with constraints: a column that is bound costs. */
  readonly #insertLimitedRun: StatementSync;
  readonly #insertOutcome: StatementSync;
  readonly #insertRunEvent: StatementSync;
  readonly #replaceOutcome: StatementSync;

  constructor(parts: AcceptParts) {
    this.#parts = parts;
    const prepare = parts.connection.prepare.bind(parts.connection);
    this.#insertEvent = prepare(`-- stepwell: events.append
      insert into events (seq, id, environment_id, external_id, name, ts, received_at, data, data_payload, user_data, meta, v)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      on conflict (id) do nothing`);
    this.#insertPlainEvent = prepare(`-- stepwell: events.append plain
      insert into events (seq, id, environment_id, name, ts, received_at, data) values (?, ?, ?, ?, ?, ?, ?)
      on conflict (id) do nothing`);
    const columns = `seq, id, environment_id, function_id, event_seq, status, queued_at, holder_id, generation, attempt,
                        lease_losses, woken, journal_length, step_count, state_bytes, group_no, group_open, version, plan,
                        empty_replies, warnings`;
    const values = "?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, ?";
    this.#insertRun = prepare(`-- stepwell: runs.append\ninsert into runs (${columns}) values (${values})`);
    this.#insertLimitedRun = prepare(`-- stepwell: runs.append limited
      insert into runs (${columns}, lane_key, holds) values (${values}, ?, ?)`);
    this.#setPriority = prepare("-- stepwell: runs.set_priority\nupdate runs set priority_ms = ? where seq = ?");
    this.#insertOutcome = prepare(`-- stepwell: events.append_outcome
      insert into event_outcomes (event_seq, function_id, kind, detail) values (?, ?, ?, ?)
      on conflict do nothing`);
    this.#insertRunEvent = prepare("-- stepwell: run_events.append\ninsert into run_events (run_seq, ord, event_seq) values (?, ?, ?)");
    this.#replaceOutcome = prepare(
      "-- stepwell: events.replace_outcome\nupdate event_outcomes set kind = ?, detail = ? where event_seq = ? and function_id = ?",
    );
  }

  apply(unit: AcceptUnit, now: number): UnitOutcome {
    const { timer } = unit;
    if (timer !== undefined) {
      const { kind, subject, dueAt, next } = timer;
      const moved = this.#parts.timers.apply({
        kind: "set_timer",
        timer: kind,
        subject,
        expected: dueAt,
        ...(next === undefined ? {} : { next }),
      });
      if (moved.kind !== "committed") return moved;
    }
    const holderId = this.holderOf(unit.holder);
    const events: EventResult[] = [];
    for (const accepted of unit.events) events.push(this.acceptEvent(accepted, holderId, now));
    return { kind: "accepted", events };
  }

  /** Who takes leases: a holder whose epoch has passed takes none. */
  holderOf(holder: HolderRef): number | undefined {
    return holder.epoch === this.#parts.epoch ? holder.id : undefined;
  }

  /** The same of a holder whose call brought something to lease: one that is taken over takes nothing more. */
  leaserOf(holderId: number): number | undefined {
    return holderId === this.#parts.holderId ? holderId : undefined;
  }

  #appendEvent(seq: number, event: EventRecord, payload: number | null): number | bigint {
    const { id, environmentId, externalId, name, ts, receivedAt, data, user, meta, v } = event;
    if (payload === null && externalId === undefined && user === undefined && meta === undefined && v === undefined)
      return this.#insertPlainEvent.run(seq, id, environmentId, name, ts, receivedAt, data).changes;
    return this.#insertEvent.run(
      seq,
      id,
      environmentId,
      externalId ?? null,
      name,
      ts,
      receivedAt,
      payload === null ? data : null,
      payload,
      user ?? null,
      meta ?? null,
      v ?? null,
    ).changes;
  }

  acceptEvent(accepted: AcceptedEvent, holderId: number | undefined, now: number): EventResult {
    const { event } = accepted;
    const seq = this.#parts.connection.nextSeq();
    const isLong = Payloads.isLong(event.data);
    const payload = isLong ? this.#parts.payloads.append(event.data) : null;
    const changes = this.#appendEvent(seq, event, payload);
    if (changes === 0) {
      if (payload !== null) this.#parts.payloads.remove(payload);
      return { kind: "repeated", eventId: event.id };
    }
    this.#parts.connection.rowsWritten += 1;
    for (const { functionId, kind, detail } of accepted.outcomes) this.recordOutcome(seq, functionId, kind, detail);
    const starts: StartResult[] = [];
    for (const start of accepted.starts) starts.push(this.start(start, seq, event.environmentId, holderId, now));
    if (accepted.rest !== undefined) this.#parts.cursors.add(seq, accepted.rest);
    return { kind: "stored", seq: seq as StoreSeq, mark: String(seq) as Mark, starts };
  }

  start(
    start: StartRun,
    eventSeq: number,
    environmentId: number,
    holderId: number | undefined,
    now: number,
    late?: LateStart,
  ): StartResult {
    if (start.dedupe !== undefined || start.gates !== undefined) {
      const passage = this.#parts.gates.pass(this.#asRemembered(start, now), now);
      if (passage.kind === "held") return this.#parts.replacements.skip(start, { eventSeq, environmentId, now, by: passage.by });
      if (passage.kind !== "passed") {
        this.recordOutcome(eventSeq, start.functionId, passage.kind, detailOf(passage));
        return passage;
      }
      if (passage.replaces !== undefined) this.#parts.replacements.replace(passage.replaces, start.runId, now);
    }
    if (start.collect !== undefined) return this.#collect(start, start.collect, eventSeq, environmentId, now);
    const runSeq = this.#parts.connection.nextSeq();
    const gates =
      start.wantsLease && holderId !== undefined && start.dueAt <= now
        ? this.#parts.lanes.gatesForBirth(start.functionId, start.laneKey)
        : undefined;
    const isLeased = gates !== undefined;
    this.#appendRun(runSeq, start, eventSeq, environmentId, now, holderId, gates);
    if (start.gates?.singleton !== undefined) this.#parts.singletons.take(start.functionId, start.gates.singleton.key, runSeq);
    if (start.priorityMs !== undefined) this.#setPriority.run(start.priorityMs, runSeq);
    if (start.cancelRules !== undefined || start.timers !== undefined || start.origin !== undefined)
      this.#parts.rules.add(runSeq, start, late?.since ?? eventSeq, environmentId, late?.unlooked);
    if (isLeased) return { kind: "leased", runSeq: runSeq as StoreSeq };
    this.#parts.items.add(
      {
        id: start.runId,
        runSeq,
        functionId: start.functionId,
        laneKey: start.laneKey,
        isOwn: true,
        stepId: null,
        isSleep: false,
        race: false,
        snapshotLength: 0,
        dueAt: start.dueAt,
        rank: start.rank,
        generation: 0,
        attempt: 0,
      },
      now,
    );
    return { kind: "queued", runSeq: runSeq as StoreSeq };
  }

  #appendRun(
    runSeq: number,
    start: StartRun,
    eventSeq: number,
    environmentId: number,
    now: number,
    holderId: number | undefined,
    gates: LaneGates | undefined,
  ): void {
    const { runId, functionId, laneKey } = start;
    const isLeased = gates === undefined ? 0 : 1;
    const holder = gates === undefined ? null : (holderId ?? null);
    const warnings = start.warnings ?? null;
    this.#parts.connection.rowsWritten += 1;
    if (laneKey === "" && (gates === undefined || gates === noGates)) {
      this.#insertRun.run(runSeq, runId, environmentId, functionId, eventSeq, isLeased, now, holder, isLeased, warnings);
      return;
    }
    const holds = gates !== undefined && gates.ofStarts.length > 0 ? 1 : 0;
    this.#insertLimitedRun.run(
      runSeq,
      runId,
      environmentId,
      functionId,
      eventSeq,
      isLeased,
      now,
      holder,
      isLeased,
      warnings,
      laneKey,
      holds,
    );
    if (gates !== undefined) this.#parts.lanes.take(functionId, gates, { runSeq, item: ownItem }, true);
  }

  #collect(start: StartRun, collect: CollectRun, eventSeq: number, environmentId: number, now: number): StartResult {
    const { runId, isKept } = this.#parts.pending.join(start, collect, eventSeq, environmentId, now);
    this.recordOutcome(eventSeq, start.functionId, collect.kind === "debounce" ? "debounced" : "batched", runId);
    return { kind: "pending", runId, isKept };
  }

  /** What repeats an event that is collected is told of the run that it goes into. */
  #asRemembered(start: StartRun, now: number): StartRun {
    return start.collect === undefined ? start : { ...start, runId: this.#parts.pending.runIdOf(start, start.collect, now) };
  }

  /** A run that does not stand behind its event in the order of rows, or has several. */
  linkToEvent(runSeq: number, eventSeq: number, ord = 0): void {
    this.#insertRunEvent.run(runSeq, ord, eventSeq);
    this.#parts.connection.rowsWritten += 1;
  }

  /** What was to become a run is none after all. */
  replaceOutcome(eventSeq: number, functionId: number, turnedAway: TurnedAway): void {
    this.#replaceOutcome.run(turnedAway.kind, detailOf(turnedAway), eventSeq, functionId);
    this.#parts.connection.rowsWritten += 1;
  }

  recordOutcome(eventSeq: number, functionId: number, kind: string, detail: string | undefined): void {
    this.#insertOutcome.run(eventSeq, functionId, kind, detail ?? null);
    this.#parts.connection.rowsWritten += 1;
  }
}

/** What the outcome of the event says besides its kind. */
function detailOf(turnedAway: TurnedAway): string {
  return turnedAway.kind === "duplicate" ? turnedAway.of : rateLimitedDetail(turnedAway);
}
