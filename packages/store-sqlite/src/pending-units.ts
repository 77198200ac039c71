// What starts a run that was collected, and what the steps that asked for it are told.

import type { StatementSync } from "node:sqlite";
import type { JsonText, StoreSeq } from "@stepwell/protocol";
import { isStarted, type Mark, type StartPendingUnit, type StartResult, type StoredEvent, type UnitOutcome } from "@stepwell/store";
import type { Accept } from "./accept.ts";
import type { Connection } from "./connection.ts";
import type { Journal } from "./journal.ts";
import { notStartedMemos } from "./not-started-memos.ts";
import type { CollectedEvent, Invoker, Pending } from "./pending.ts";
import type { RunRows } from "./run-row.ts";
import type { RunRules } from "./run-rules.ts";
import { runTies } from "./run-ties.ts";
import { dueAtOnce, type Timers } from "./timers.ts";
import type { WaitRows } from "./wait-rows.ts";
import type { WaitUnits } from "./wait-units.ts";

export interface PendingUnitParts {
  readonly connection: Connection;
  readonly accept: Accept;
  readonly pending: Pending;
  readonly timers: Timers;
  readonly rows: WaitRows;
  readonly waits: WaitUnits;
  readonly rules: RunRules;
  readonly runs: RunRows;
  readonly journal: Journal;
  readonly eventOf: (seq: number) => StoredEvent | undefined;
}

export class PendingUnits {
  readonly #parts: PendingUnitParts;
  readonly #endWithChild: StatementSync;

  constructor(parts: PendingUnitParts) {
    this.#parts = parts;
    this.#endWithChild = parts.connection.prepare("-- stepwell: waits.cancel_child\nupdate waits set cancels_child = 1 where seq = ?");
  }

  start(unit: StartPendingUnit, now: number): UnitOutcome {
    const { accept, pending, timers, connection } = this.#parts;
    const { timer, start } = unit;
    const row = pending.row(start.runId);
    if (row === undefined || row.joins !== unit.joins || !timers.isAsSeen(timer)) return { kind: "not_found" };
    timers.remove(timer.kind, timer.subject);
    const events = pending.take(row);
    const [first] = events;
    if (first === undefined) throw new Error(`the pending run ${start.runId} has no event`);
    // What would cancel it counts from now on: before, there was no run.
    const result = accept.start(start, first.event_seq, row.environment_id, accept.holderOf(unit.holder), now, { since: connection.seq });
    if (isStarted(result)) this.#link(start.runId, result.runSeq, events);
    else if (result.kind === "skipped") this.#skip(result.runSeq, events, now);
    else this.#refuseAll(events, start.functionId, result, now);
    const seq = first.event_seq as StoreSeq;
    return { kind: "committed", events: [{ kind: "stored", seq, mark: String(connection.seq) as Mark, starts: [result] }] };
  }

  /** Steps whose event was dropped by a later one fail at once: nobody waits for a run that goes on without them. */
  tellSuperseded(now: number): void {
    const { pending, eventOf } = this.#parts;
    const told = pending.superseded;
    pending.superseded = [];
    for (const invoker of told) {
      const winner = eventOf(invoker.bySeq);
      this.#fail(invoker, notStartedMemos.debounced(winner === undefined ? "" : (winner.externalId ?? winner.id)), now);
    }
  }

  #link(runId: string, runSeq: number, events: readonly CollectedEvent[]): void {
    const { accept, waits, rules } = this.#parts;
    for (const [ord, event] of events.entries()) {
      accept.linkToEvent(runSeq, event.event_seq, ord);
      const invoker = invokerOf(event);
      if (invoker === undefined) continue;
      const wait = this.#parts.rows.ofStep(invoker.parentRunSeq, "invoke", invoker.stepId);
      // A run that others asked for too goes on without this one.
      const cancels = event.cancels_child === 1 && events.length === 1;
      if (wait === undefined || wait.name !== runId) {
        if (cancels) this.#parts.timers.set({ kind: "cancel_run", subject: runId, dueAt: dueAtOnce, data: '"parent_ended"' });
        continue;
      }
      waits.addInvoke(runSeq, invoker, cancels);
      rules.tie(runSeq, runTies.parent, undefined);
      if (!cancels) continue;
      this.#endWithChild.run(wait.seq);
      rules.tie(invoker.parentRunSeq, runTies.children, undefined);
    }
  }

  /** The events say which run they went into, and the run says why it is none. */
  #skip(runSeq: StoreSeq, events: readonly CollectedEvent[], now: number): void {
    for (const [ord, event] of events.entries()) {
      this.#parts.accept.linkToEvent(runSeq, event.event_seq, ord);
      const invoker = invokerOf(event);
      if (invoker !== undefined) this.#fail(invoker, notStartedMemos.skipped, now);
    }
  }

  #refuseAll(events: readonly CollectedEvent[], functionId: number, result: StartResult, now: number): void {
    for (const event of events) {
      if (result.kind === "duplicate" || result.kind === "rate_limited")
        this.#parts.accept.replaceOutcome(event.event_seq, functionId, result);
      const invoker = invokerOf(event);
      if (invoker !== undefined) this.#fail(invoker, notStartedMemos.collected, now);
    }
  }

  #fail({ parentRunSeq, stepId }: Invoker, memo: JsonText, now: number): void {
    const { rows, runs, waits, journal } = this.#parts;
    const wait = rows.ofStep(parentRunSeq, "invoke", stepId);
    const parent = wait === undefined ? undefined : runs.find(parentRunSeq);
    if (wait === undefined || parent === undefined || parent.ended_at !== null) return;
    rows.remove(wait);
    waits.settle(parent, wait, { memo, failed: true, endedAt: now }, now);
    if (journal.keepAlive(parent, now)) parent.empty_replies += 1;
    runs.write(parent);
  }
}

function invokerOf({ parent_run_seq: parentRunSeq, step_id: stepId }: CollectedEvent): Invoker | undefined {
  return parentRunSeq === null || stepId === null ? undefined : { parentRunSeq, stepId };
}
