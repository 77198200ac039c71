// What begins a wait and what ends it: effects of calls, and units of their own.

import type { StatementSync } from "node:sqlite";
import type { EpochMs, ItemId, JsonText, RunId, StoreSeq } from "@stepwell/protocol";
import { isEndEventName, limits } from "@stepwell/protocol";
import {
  type BeginWait,
  type ClaimedItem,
  type DropSteps,
  type EventResult,
  type FunctionId,
  isStarted,
  type PlannedStep,
  type ResolveWaitUnit,
  rankUnderWay,
  type SignalUnit,
  type StartResult,
  type UnitOutcome,
} from "@stepwell/store";
import type { Accept } from "./accept.ts";
import type { Connection } from "./connection.ts";
import type { Journal, WaitEnd } from "./journal.ts";
import { notStartedMemos } from "./not-started-memos.ts";
import type { Invoker, Pending } from "./pending.ts";
import type { RecentEnds } from "./recent-ends.ts";
import { numberOf, textOf } from "./rows.ts";
import type { RunRow, RunRows } from "./run-row.ts";
import type { RunRules } from "./run-rules.ts";
import { runTies } from "./run-ties.ts";
import { dueAtOnce, type Timers } from "./timers.ts";
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
  readonly pending: Pending;
}

/** What a unit's waits ask their holder to do after the commit. */
export interface Begun {
  /** Who may take the lease of a child. */
  /** Who takes leases; absent: nobody. */
  readonly holderId: number | undefined;
  readonly unlooked: StoreSeq[];
  readonly events: EventResult[];
  readonly planned: PlannedStep[];
  /** The group that the unit opens names a step of a race that is open still, and wakes the run by itself. */
  hasOpenRace: boolean;
}

type PendingStart = Extract<StartResult, { kind: "pending" }>;

const committed: UnitOutcome = { kind: "committed" };
const notFound: UnitOutcome = { kind: "not_found" };
const overflowMemo =
  `{"error":{"name":"InngestErrStateOverflowed","message":"The result of this step would make the results of the run's steps exceed ${limits.runStateBytesMax} bytes (runStateBytesMax).","code":"state_too_large","data":null}}` as JsonText;

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
    // Sizes are asked for column by column: in an expression SQLite would read the whole text.
    this.#eventSize = prepare(`-- stepwell: waits.event_size
      select octet_length(e.data) as data, octet_length(p.body) as body, octet_length(e.user_data) as user, octet_length(e.meta) as meta
        from events e left join payloads p on p.id = e.data_payload where e.seq = ?`);
    this.#isTaken = prepare(`-- stepwell: waits.is_taken
      select 1 from journal_entries indexed by journal_entries_by_event
       where run_seq = ? and event_id = ? and name = (select name from journal_entries where run_seq = ? and step_id = ?)`);
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
    const { waitsFor } = effect;
    if (!this.#parts.journal.beginWait(run, effect)) {
      // Whoever asked for a child goes through the events of the unit in their order.
      if (waitsFor.kind === "invoke") begun.events.push({ kind: "repeated", eventId: waitsFor.child.event.id });
      return;
    }
    switch (waitsFor.kind) {
      case "event":
        return this.#beginEvent(run, effect, waitsFor, begun);
      case "signal":
        return this.#beginSignal(run, effect, waitsFor, now);
      case "invoke":
        return this.#beginInvoke(run, effect, waitsFor, begun, now);
      case "refused":
        return this.#endAtOnce(run, effect, waitsFor.memo, true, now);
      default:
        return waitsFor satisfies never;
    }
  }

  /** A step has its result from elsewhere: what it waits for goes. */
  dropOf(runSeq: number, stepId: string): void {
    for (const kind of ["event", "signal", "invoke"] as const) {
      const wait = this.#parts.rows.ofStep(runSeq, kind, stepId);
      if (wait !== undefined) this.#end(wait);
    }
  }

  /** Losers of a race: what they wait for goes, and they count as open no longer. */
  drop(run: RunRow, effect: DropSteps, begun: Begun, now: number): void {
    for (const stepId of effect.stepIds) {
      if (!this.#parts.journal.drop(run, stepId, now)) continue;
      this.dropOf(run.seq, stepId);
      const place = begun.planned.findIndex((step) => step.stepId === stepId);
      if (place >= 0) begun.planned.splice(place, 1);
    }
  }

  resolve(unit: ResolveWaitUnit, now: number): UnitOutcome {
    const { rows, runs } = this.#parts;
    const wait = rows.find(unit.waitSeq);
    if (wait === undefined || wait.kind === waitKinds.cancel) return notFound;
    const run = runs.find(wait.run_seq);
    if (run === undefined || run.ended_at !== null) return notFound;
    const { result, endedAt } = unit;
    const holderId = unit.holder === undefined ? undefined : this.#parts.accept.holderOf(unit.holder);
    if (holderId !== undefined && run.holder_id === null) run.leaseTo = holderId;
    if (result.kind !== "memo" && this.#isTaken.get(run.seq, result.eventId, run.seq, wait.step_id) !== undefined) return notFound;
    const bytes = result.kind === "event" ? this.#bytesOf(result.eventSeq) : 0;
    if (bytes === undefined) return notFound; // An event that is not there cannot be a memo.
    this.#end(wait);
    if (result.kind === "event") {
      const event = { seq: result.eventSeq, id: result.eventId, bytes, endedAt, wake: wakeOf(wait) };
      if (run.state_bytes + bytes > limits.runStateBytesMax) this.settle(run, wait, { memo: overflowMemo, failed: true, endedAt }, now);
      else this.#parts.journal.endWaitByEvent(run, wait.step_id, event, now);
    } else {
      this.settle(run, wait, { memo: result.memo, failed: result.kind === "memo" && result.failed, endedAt }, now);
      if (result.kind === "derived") this.#parts.journal.nameEvent(run, wait.step_id, result.eventId);
    }
    if (this.#parts.journal.keepAlive(run, now)) run.empty_replies += 1;
    runs.write(run);
    return run.leaseTo === undefined || run.holder_id === null ? committed : { kind: "committed", woken: wokenItem(run, now) };
  }

  signal(unit: SignalUnit, now: number): UnitOutcome {
    const { rows, runs, journal } = this.#parts;
    const wait = rows.ofSignal(unit.environmentId, unit.signal);
    // Whose time is over waits no longer, though its end is yet to be recorded.
    const run = wait === undefined || wait.due_at <= now ? undefined : runs.find(wait.run_seq);
    if (wait === undefined || run === undefined || run.ended_at !== null) {
      this.#keepSignal.run(unit.environmentId, unit.signal, unit.data, unit.keptUntil);
      this.#parts.connection.rowsWritten += 1;
      return { kind: "signal_kept" };
    }
    rows.remove(wait);
    this.settle(run, wait, { memo: signalMemo(unit.signal, unit.data), failed: false, endedAt: unit.endedAt }, now);
    if (journal.keepAlive(run, now)) run.empty_replies += 1;
    runs.write(run);
    return { kind: "signalled", runId: run.id as RunId };
  }

  /** The unit under way is taken back. */
  forgetSuperseded(): void {
    this.#parts.pending.superseded = [];
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
  settle(run: RunRow, wait: Pick<WaitRow, "step_id" | "wakes_always">, end: Omit<WaitEnd, "wake">, now: number): void {
    const isTooMuch = run.state_bytes + Buffer.byteLength(end.memo) > limits.runStateBytesMax;
    const result = isTooMuch ? { ...end, memo: overflowMemo, failed: true } : end;
    this.#parts.journal.endWait(run, wait.step_id, { ...result, wake: wakeOf(wait) }, now);
  }

  #bytesOf(eventSeq: number): number | undefined {
    const row = this.#eventSize.get(eventSeq);
    if (row === undefined) return undefined;
    return ["data", "body", "user", "meta"].reduce((sum, column) => sum + Number(row[column] ?? 0), 0);
  }

  /** A wait is over. A child that was to end with it is cancelled by a timer, so that its end is told like any other. */
  #end(wait: WaitRow): void {
    this.#parts.rows.remove(wait);
    if (wait.kind === waitKinds.invoke && wait.cancels_child === 1)
      this.#parts.timers.set({ kind: "cancel_run", subject: wait.name, dueAt: dueAtOnce, data: '"wait_over"' });
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
      cutsLookBack: waitsFor.cutsLookBack === true,
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
    const { rows } = this.#parts;
    const kept = this.#takeSignal.get(run.environment_id, waitsFor.signal);
    if (kept !== undefined && numberOf(kept, "kept_until") > now)
      return this.#endAtOnce(run, effect, signalMemo(waitsFor.signal, textOf(kept, "data")), false, now);
    const other = rows.ofSignal(run.environment_id, waitsFor.signal);
    if (other !== undefined && other.due_at > now && waitsFor.onConflict === "fail")
      return this.#endAtOnce(run, effect, waitsFor.conflictMemo, true, now);
    if (other !== undefined) this.#replace(run, other, now);
    const match = { eventName: waitsFor.signal };
    rows.add({ ...this.#newWait(run, effect), kind: "signal", match, cancelsChild: false });
  }

  /** The wait that another one took over, or whose time was over, resolves with nothing. */
  #replace(run: RunRow, other: WaitRow, now: number): void {
    const { rows, runs, journal } = this.#parts;
    rows.remove(other);
    const end = { memo: "null" as JsonText, failed: false, endedAt: now };
    if (other.run_seq === run.seq) return this.settle(run, other, end, now);
    const replaced = runs.find(other.run_seq);
    if (replaced === undefined || replaced.ended_at !== null) return;
    this.settle(replaced, other, end, now);
    if (journal.keepAlive(replaced, now)) replaced.empty_replies += 1;
    runs.write(replaced);
  }

  #endAtOnce(run: RunRow, effect: BeginWait, memo: JsonText, failed: boolean, now: number): void {
    this.settle(run, { step_id: effect.stepId, wakes_always: effect.wake === "always" ? 1 : 0 }, { memo, failed, endedAt: now }, now);
  }

  #beginInvoke(
    run: RunRow,
    effect: BeginWait,
    waitsFor: Extract<BeginWait["waitsFor"], { kind: "invoke" }>,
    begun: Begun,
    now: number,
  ): void {
    const { rows, accept, runs } = this.#parts;
    // A child may take the singleton of an elder one, whose end is told to this run.
    const result = runs.during(run, () => accept.acceptEvent(waitsFor.child, begun.holderId, now));
    begun.events.push(result);
    const [child] = result.kind === "stored" ? result.starts : [];
    const { cancelsChild } = waitsFor;
    if (result.kind === "stored" && child?.kind === "pending") return this.#waitForPending(run, effect, child, result.seq, cancelsChild);
    if (child === undefined || child.kind === "pending" || !isStarted(child)) {
      const why = child === undefined || child.kind === "pending" ? "duplicate" : child.kind;
      return this.#endAtOnce(run, effect, waitsFor.notStartedMemos[why], true, now);
    }
    const match = { eventName: waitsFor.child.starts[0]?.runId ?? "" };
    rows.add({ ...this.#newWait(run, effect), kind: "invoke", match, cancelsChild });
    this.addInvoke(child.runSeq, { parentRunSeq: run.seq, stepId: effect.stepId }, cancelsChild);
    this.#parts.rules.tie(child.runSeq, runTies.parent, "invoke");
    if (cancelsChild) run.ties |= runTies.children;
  }

  /** The child begins later, with the events of others maybe: who its parents are is decided then. */
  #waitForPending(run: RunRow, effect: BeginWait, child: PendingStart, eventSeq: number, cancelsChild: boolean): void {
    const { rows, pending } = this.#parts;
    if (!child.isKept) {
      const memo = notStartedMemos.debounced(pending.keptEventId(child.runId));
      return this.#endAtOnce(run, effect, memo, true, effect.startedAt);
    }
    rows.add({ ...this.#newWait(run, effect), kind: "invoke", match: { eventName: child.runId }, cancelsChild: false });
    pending.setInvoker(child.runId, eventSeq, { parentRunSeq: run.seq, stepId: effect.stepId, cancelsChild });
  }

  addInvoke(childRunSeq: number, { parentRunSeq, stepId }: Invoker, cancelsChild: boolean): void {
    this.#addInvoke.run(childRunSeq, parentRunSeq, stepId, cancelsChild ? 1 : 0);
    this.#parts.connection.rowsWritten += 1;
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

function wakeOf(wait: Pick<WaitRow, "wakes_always">): BeginWait["wake"] {
  return wait.wakes_always === 1 ? "always" : "group";
}

function wokenItem(run: RunRow, now: number): ClaimedItem {
  return {
    kind: "own",
    itemId: run.id as ItemId,
    runId: run.id as RunId,
    runSeq: run.seq as StoreSeq,
    functionId: run.function_id as FunctionId,
    laneKey: run.lane_key,
    rank: rankUnderWay(run.queued_at as EpochMs, run.priority_ms),
    dueAt: now as EpochMs,
    race: false,
    generation: run.generation,
    attempt: run.attempt,
    leaseLosses: run.lease_losses,
  };
}

function signalMemo(signal: string, data: string): JsonText {
  return `{"data":{"signal":${JSON.stringify(signal)},"data":${data}}}` as JsonText;
}
