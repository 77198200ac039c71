// What begins a wait and what ends it: effects of calls, and units of their own.

import type { StatementSync } from "node:sqlite";
import type { JsonText, RunId, StoreSeq } from "@stepwell/protocol";
import { isEndEventName, limits } from "@stepwell/protocol";
import type { BeginWait, DropSteps, EventResult, ResolveWaitUnit, SignalUnit, UnitOutcome } from "@stepwell/store";
import type { Accept } from "./accept.ts";
import type { Connection } from "./connection.ts";
import type { Journal } from "./journal.ts";
import type { RecentEnds } from "./recent-ends.ts";
import { numberOf, textOf } from "./rows.ts";
import type { RunRow, RunRows } from "./run-row.ts";
import type { RunRules } from "./run-rules.ts";
import { runTies } from "./run-ties.ts";
import type { Timers } from "./timers.ts";
import { type WaitRow, type WaitRows, waitKinds } from "./wait-rows.ts";

export interface WaitUnitParts {
  readonly connection: Connection;
  readonly rows: WaitRows;
  readonly rules: RunRules;
  readonly timers: Timers;
  readonly journal: Journal;
  readonly runs: RunRows;
  readonly ends: RecentEnds;
  readonly accept: Accept;
}

/** What a unit's waits ask their holder to do after the commit. */
export interface Begun {
  /** Who may take the lease of a child. */
  readonly holderId: number;
  readonly unlooked: StoreSeq[];
  readonly events: EventResult[];
}

const committed: UnitOutcome = { kind: "committed" };
const notFound: UnitOutcome = { kind: "not_found" };
const overflowMemo =
  `{"error":{"name":"InngestErrStateOverflowed","message":"The result of this step would make the results of the run's steps exceed ${limits.runStateBytesMax} bytes (runStateBytesMax).","data":null}}` as JsonText;

export class WaitUnits {
  readonly #parts: WaitUnitParts;
  readonly #anyEvent: StatementSync;
  readonly #eventSize: StatementSync;
  readonly #isTaken: StatementSync;
  readonly #takeSignal: StatementSync;
  readonly #keepSignal: StatementSync;
  readonly #addInvoke: StatementSync;

  constructor(parts: WaitUnitParts) {
    this.#parts = parts;
    const prepare = parts.connection.prepare.bind(parts.connection);
    this.#anyEvent = prepare(
      "-- stepwell: waits.any_event_since\nselect 1 from events where environment_id = ? and name = ? and seq > ? limit 1",
    );
    this.#eventSize = prepare(`-- stepwell: waits.event_size
      select octet_length(coalesce(e.data, p.body)) as size from events e left join payloads p on p.id = e.data_payload where e.seq = ?`);
    this.#isTaken = prepare("-- stepwell: waits.is_taken\nselect 1 from journal_entries where run_seq = ? and event_id = ? and name = ?");
    this.#takeSignal = prepare(
      "-- stepwell: signals.take\ndelete from kept_signals where environment_id = ? and name = ? returning data, kept_until",
    );
    this.#keepSignal = prepare(`-- stepwell: signals.keep
      insert into kept_signals (environment_id, name, data, kept_until) values (?, ?, ?, ?)
      on conflict (environment_id, name) do update set data = excluded.data, kept_until = excluded.kept_until`);
    this.#addInvoke = prepare(
      "-- stepwell: invokes.append\ninsert into invokes (child_run_seq, parent_run_seq, step_id, cancels_child) values (?, ?, ?, ?)",
    );
  }

  begin(run: RunRow, effect: BeginWait, begun: Begun, now: number): void {
    if (!this.#parts.journal.beginWait(run, effect)) return;
    const { waitsFor } = effect;
    switch (waitsFor.kind) {
      case "event":
        return this.#beginEvent(run, effect, waitsFor, begun);
      case "signal":
        return this.#beginSignal(run, effect, waitsFor, now);
      case "invoke":
        return this.#beginInvoke(run, effect, waitsFor, begun, now);
      default:
        return waitsFor satisfies never;
    }
  }

  /** Losers of a race: what they wait for goes, and they count as open no longer. */
  drop(run: RunRow, effect: DropSteps, now: number): void {
    for (const stepId of effect.stepIds) {
      if (!this.#parts.journal.drop(run, stepId, now)) continue;
      for (const kind of ["event", "signal", "invoke"] as const) {
        const wait = this.#parts.rows.ofStep(run.seq, kind, stepId);
        if (wait !== undefined) this.#end(wait, now);
      }
    }
  }

  resolve(unit: ResolveWaitUnit, now: number): UnitOutcome {
    const { rows, runs } = this.#parts;
    const wait = rows.find(unit.waitSeq);
    if (wait === undefined || wait.kind === waitKinds.cancel) return notFound;
    const run = runs.find(wait.run_seq);
    if (run === undefined || run.ended_at !== null) return notFound;
    const { result } = unit;
    if (result.kind !== "memo" && this.#isTaken.get(run.seq, result.eventId, this.#parts.journal.nameOf(run, wait.step_id)) !== undefined)
      return notFound;
    this.#end(wait, now);
    if (result.kind === "event") this.#settleByEvent(run, wait, result.eventSeq, result.eventId, unit.endedAt, now);
    else {
      this.settle(run, wait, result.memo, result.kind === "memo" && result.failed, unit.endedAt, now);
      if (result.kind === "derived") this.#parts.journal.nameEvent(run, wait.step_id, result.eventId);
    }
    if (this.#parts.journal.keepAlive(run, now)) run.empty_replies += 1;
    runs.write(run);
    return committed;
  }

  signal(unit: SignalUnit, now: number): UnitOutcome {
    const { rows, runs, journal } = this.#parts;
    const wait = rows.ofSignal(unit.environmentId, unit.signal);
    const run = wait === undefined ? undefined : runs.find(wait.run_seq);
    if (wait === undefined || run === undefined || run.ended_at !== null) {
      this.#keepSignal.run(unit.environmentId, unit.signal, unit.data, unit.keptUntil);
      this.#parts.connection.rowsWritten += 1;
      return { kind: "signal_kept" };
    }
    rows.remove(wait);
    this.settle(run, wait, signalMemo(unit.signal, unit.data), false, unit.endedAt, now);
    if (journal.keepAlive(run, now)) run.empty_replies += 1;
    runs.write(run);
    return { kind: "signalled", runId: run.id as RunId };
  }

  isOpen(waitSeq: number): boolean {
    return this.#parts.rows.find(waitSeq) !== undefined;
  }

  dropRule(waitSeq: number): UnitOutcome {
    const wait = this.#parts.rows.find(waitSeq);
    if (wait === undefined || wait.kind !== waitKinds.cancel) return notFound;
    this.#parts.rows.remove(wait);
    return committed;
  }

  looked(waitSeqs: readonly number[]): UnitOutcome {
    for (const seq of waitSeqs) this.#parts.rows.setLooked(seq);
    return committed;
  }

  /** Gives a waiting step its result. The wait's row is the caller's to remove. */
  settle(run: RunRow, wait: WaitRow, memo: JsonText, failed: boolean, endedAt: number, now: number): void {
    const isTooMuch = run.state_bytes + Buffer.byteLength(memo) > limits.runStateBytesMax;
    const wake = wait.wakes_always === 1 ? "always" : "group";
    this.#parts.journal.endWait(run, wait.step_id, isTooMuch ? overflowMemo : memo, failed || isTooMuch, wake, endedAt, now);
  }

  #settleByEvent(run: RunRow, wait: WaitRow, eventSeq: number, eventId: string, endedAt: number, now: number): void {
    const size = numberOf(this.#eventSize.get(eventSeq) ?? { size: 0 }, "size");
    if (run.state_bytes + size > limits.runStateBytesMax) return this.settle(run, wait, overflowMemo, true, endedAt, now);
    this.#parts.journal.endWait(run, wait.step_id, "" as JsonText, false, wait.wakes_always === 1 ? "always" : "group", endedAt, now);
    this.#parts.journal.referToEvent(run, wait.step_id, eventSeq, eventId);
    run.state_bytes += size;
  }

  /** A wait is over. A child that was to end with it is cancelled by a timer, so that its end is told like any other. */
  #end(wait: WaitRow, now: number): void {
    this.#parts.rows.remove(wait);
    if (wait.kind === waitKinds.invoke && wait.cancels_child === 1)
      this.#parts.timers.set({ kind: "cancel_run", subject: wait.name, dueAt: now, data: '"wait_over"' });
  }

  #beginEvent(run: RunRow, effect: BeginWait, waitsFor: Extract<BeginWait["waitsFor"], { kind: "event" }>, begun: Begun): void {
    const sinceSeq = Number(waitsFor.since);
    const isUnlooked = waitsFor.lookBackFrom !== undefined || this.#mayHaveMissed(run.environment_id, waitsFor.eventName, sinceSeq);
    const seq = this.#parts.rows.add({
      environmentId: run.environment_id,
      runSeq: run.seq,
      stepId: effect.stepId,
      kind: "event",
      match: waitsFor,
      sinceSeq,
      lookBackFrom: waitsFor.lookBackFrom,
      isUnlooked,
      wakesAlways: effect.wake === "always",
      cancelsChild: false,
      dueAt: effect.dueAt,
    });
    if (isUnlooked) begun.unlooked.push(seq as StoreSeq);
  }

  /**
   * This transaction sees every event that was committed before it, and whoever commits one after it sees this wait:
   * where nothing of the name came since the mark there is nothing to look at.
   */
  #mayHaveMissed(environmentId: number, name: string, sinceSeq: number): boolean {
    if (this.#anyEvent.get(environmentId, name, sinceSeq) !== undefined) return true;
    return isEndEventName(name) && this.#parts.ends.isAfter(sinceSeq);
  }

  #beginSignal(run: RunRow, effect: BeginWait, waitsFor: Extract<BeginWait["waitsFor"], { kind: "signal" }>, now: number): void {
    const { rows, journal, runs } = this.#parts;
    const kept = this.#takeSignal.get(run.environment_id, waitsFor.signal);
    if (kept !== undefined && numberOf(kept, "kept_until") > now)
      return journal.endWait(run, effect.stepId, signalMemo(waitsFor.signal, textOf(kept, "data")), false, effect.wake, now, now);
    const other = rows.ofSignal(run.environment_id, waitsFor.signal);
    if (other !== undefined && waitsFor.onConflict === "fail")
      return journal.endWait(run, effect.stepId, waitsFor.conflictMemo, true, effect.wake, now, now);
    if (other !== undefined) {
      rows.remove(other);
      const replaced = other.run_seq === run.seq ? run : runs.find(other.run_seq);
      if (replaced !== undefined && replaced.ended_at === null) {
        this.settle(replaced, other, "null" as JsonText, false, now, now);
        if (replaced !== run) runs.write(replaced);
      }
    }
    const match = { eventName: waitsFor.signal };
    rows.add({ ...this.#newWait(run, effect), kind: "signal", match, cancelsChild: false });
  }

  #beginInvoke(
    run: RunRow,
    effect: BeginWait,
    waitsFor: Extract<BeginWait["waitsFor"], { kind: "invoke" }>,
    begun: Begun,
    now: number,
  ): void {
    const { rows, journal, accept } = this.#parts;
    const result = accept.acceptEvent(waitsFor.child, begun.holderId, now);
    begun.events.push(result);
    const [child] = result.kind === "stored" ? result.starts : [];
    if (child === undefined || child.kind === "duplicate")
      return journal.endWait(run, effect.stepId, waitsFor.duplicateMemo, true, effect.wake, now, now);
    const { cancelsChild } = waitsFor;
    const match = { eventName: waitsFor.child.starts[0]?.runId ?? "" };
    rows.add({ ...this.#newWait(run, effect), kind: "invoke", match, cancelsChild });
    this.#addInvoke.run(child.runSeq, run.seq, effect.stepId, cancelsChild ? 1 : 0);
    this.#parts.connection.rowsWritten += 1;
    this.#parts.rules.tie(child.runSeq, runTies.parent, "invoke");
    if (cancelsChild) run.ties |= runTies.children;
  }

  #newWait(run: RunRow, effect: BeginWait) {
    return {
      environmentId: run.environment_id,
      runSeq: run.seq,
      stepId: effect.stepId,
      sinceSeq: this.#parts.connection.seq,
      isUnlooked: false,
      wakesAlways: effect.wake === "always",
      dueAt: effect.dueAt,
    } as const;
  }
}

function signalMemo(signal: string, data: string): JsonText {
  return `{"data":{"signal":${JSON.stringify(signal)},"data":${data}}}` as JsonText;
}
