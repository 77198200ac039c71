// The journal of a run: steps reported, planned, sleeping, settled. What its steps share stands on the run's row and is
// changed here, unit after unit.

import type { StatementSync } from "node:sqlite";
import type { EpochMs, JsonText, StepId } from "@stepwell/protocol";
import {
  type BeginSleep,
  type BeginWait,
  type OpenGroup,
  type PlanStep,
  rankUnderWay,
  type SettleStep,
  type StepRequest,
  type UnplanStep,
} from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { Items } from "./items.ts";
import { Payloads } from "./payloads.ts";
import type { RunRow } from "./run-row.ts";
import { stepItem } from "./step-item.ts";

const stepStates = { reported: 0, planned: 1, sleeping: 2, waiting: 3, completed: 4, failed: 5 } as const;

/** Everything up to here is unsettled. */
const lastOpenState = stepStates.waiting;

interface StepRow {
  readonly state: number;
  readonly group_no: number;
  readonly race: number;
  readonly started_at: number | null;
  /** Of an open step: it was dropped. */
  readonly ended_at: number | null;
  readonly name: string;
  readonly op: string;
  readonly attempt: number;
}

/** How a wait ends. */
export interface WaitEnd {
  readonly memo: JsonText;
  readonly failed: boolean;
  readonly endedAt: number;
  readonly wake: SettleStep["wake"];
}

/** The event that ends a wait. */
export interface WaitEvent {
  readonly seq: number;
  readonly id: string;
  readonly bytes: number;
  readonly endedAt: number;
  readonly wake: SettleStep["wake"];
}

/** What the journal asks of the waits of its steps. */
export interface StepWaits {
  hasAny(runSeq: number): boolean;
  /** The step has a result, and not from what it waited for. */
  dropOf(runSeq: number, stepId: string): void;
}

export class Journal {
  readonly #connection: Connection;
  readonly #items: Items;
  readonly #payloads: Payloads;
  readonly #waits: StepWaits;
  readonly #find: StatementSync;
  readonly #settle: StatementSync;
  readonly #report: StatementSync;
  readonly #regroup: StatementSync;
  readonly #plan: StatementSync;
  readonly #nameEvent: StatementSync;
  readonly #refer: StatementSync;
  readonly #drop: StatementSync;
  readonly #unplan: StatementSync;
  readonly #request: StatementSync;
  readonly #forgetRequest: StatementSync;
  readonly #keepInput: StatementSync;
  readonly #requestOf: StatementSync;

  constructor(connection: Connection, items: Items, payloads: Payloads, waits: StepWaits) {
    this.#connection = connection;
    this.#items = items;
    this.#payloads = payloads;
    this.#waits = waits;
    const prepare = connection.prepare.bind(connection);
    this.#find = prepare(
      "-- stepwell: journal.find\nselect state, group_no, race, started_at, ended_at, name, op, attempt from journal_entries where run_seq = ? and step_id = ?",
    );
    this.#settle = prepare(`-- stepwell: journal.settle
      insert into journal_entries (run_seq, step_id, state, ord, op, step_type, name, memo, memo_payload, started_at, ended_at,
                                   attempt, group_no, race)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)
      on conflict (run_seq, step_id) do update
         set state = excluded.state, ord = excluded.ord, name = excluded.name, memo = excluded.memo, memo_payload = excluded.memo_payload,
             step_type = coalesce(excluded.step_type, step_type), started_at = excluded.started_at, ended_at = excluded.ended_at,
             attempt = excluded.attempt
       where state <= 3`);
    this.#report = prepare(`-- stepwell: journal.report
      insert into journal_entries (run_seq, step_id, state, op, name, attempt, group_no, race) values (?, ?, 0, ?, ?, 0, ?, ?)`);
    this.#regroup = prepare("-- stepwell: journal.regroup\nupdate journal_entries set group_no = ? where run_seq = ? and step_id = ?");
    this.#plan = prepare(`-- stepwell: journal.plan
      insert into journal_entries (run_seq, step_id, state, op, step_type, name, started_at, due_at, attempt, group_no, race)
      values (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)
      on conflict (run_seq, step_id) do update
         set state = excluded.state, op = excluded.op, name = excluded.name, started_at = excluded.started_at, due_at = excluded.due_at,
             step_type = coalesce(excluded.step_type, step_type)`);
    const ofStep = "where run_seq = ? and step_id = ?";
    this.#nameEvent = prepare(`-- stepwell: journal.name_event\nupdate journal_entries set event_id = ? ${ofStep}`);
    this.#refer = prepare(`-- stepwell: journal.refer
      update journal_entries set state = ${stepStates.completed}, ord = ?, memo_event = ?, event_id = ?, ended_at = ? ${ofStep}`);
    this.#drop = prepare(`-- stepwell: journal.drop\nupdate journal_entries set group_no = 0, ended_at = ? ${ofStep}`);
    this.#unplan = prepare(
      `-- stepwell: journal.unplan\nupdate journal_entries set state = ${stepStates.reported}, group_no = 0, attempt = ? ${ofStep}`,
    );
    this.#request = prepare("-- stepwell: step_requests.append\ninsert into step_requests (run_seq, step_id, body) values (?, ?, ?)");
    this.#requestOf = prepare(`-- stepwell: step_requests.find
      select j.op, j.name, r.body from step_requests r join journal_entries j on j.run_seq = r.run_seq and j.step_id = r.step_id
       where r.run_seq = ? and r.step_id = ?`);
    this.#forgetRequest = prepare(`-- stepwell: step_requests.remove\ndelete from step_requests ${ofStep}`);
    this.#keepInput = prepare(
      "-- stepwell: step_arguments.append\ninsert or replace into step_arguments (run_seq, step_id, input) values (?, ?, ?)",
    );
  }

  /** Writes the entry of a settled step at its place, and says nothing of the run's row. False: it was settled already. */
  write(runSeq: number, ord: number, effect: SettleStep): boolean {
    const isLong = Payloads.isLong(effect.memo);
    const payload = isLong ? this.#payloads.append(effect.memo) : null;
    const state = effect.failed ? stepStates.failed : stepStates.completed;
    const { changes } = this.#settle.run(
      runSeq,
      effect.stepId,
      state,
      ord,
      effect.op,
      effect.stepType ?? null,
      effect.name,
      isLong ? null : effect.memo,
      payload,
      effect.startedAt,
      effect.endedAt,
      effect.attempt,
    );
    if (changes === 0) {
      if (payload !== null) this.#payloads.remove(payload);
      return false;
    }
    if (effect.input !== undefined) this.#inputOf(runSeq, effect.stepId, effect.input);
    this.#connection.rowsWritten += 1;
    return true;
  }

  #inputOf(runSeq: number, stepId: string, input: JsonText): void {
    this.#keepInput.run(runSeq, stepId, input);
    this.#connection.rowsWritten += 1;
  }

  /** The first result of a step counts; a second leaves it, and wakes as the first would have. */
  settle(run: RunRow, effect: SettleStep, now: number): void {
    const known = this.#step(run, effect.stepId);
    // After a deploy the app may run what it waited for before.
    if (known?.state === stepStates.waiting) this.#waits.dropOf(run.seq, effect.stepId);
    this.#record(run, effect, known, now);
  }

  #record(run: RunRow, effect: SettleStep, known: StepRow | undefined, now: number): void {
    if (known === undefined || known.state <= lastOpenState) {
      this.#count(run, known, Buffer.byteLength(effect.memo));
      if (known?.state === stepStates.planned) this.#forgetRequest.run(run.seq, effect.stepId);
      this.write(run.seq, run.journal_length, effect);
    }
    this.#tell(run, known, effect.wake, now);
  }

  #count(run: RunRow, known: StepRow | undefined, bytes: number): void {
    run.journal_length += 1;
    run.state_bytes += bytes;
    if (known === undefined) run.step_count += 1;
    else if (known.group_no > 0 && known.group_no === run.group_no) run.group_open -= 1;
  }

  #tell(run: RunRow, known: StepRow | undefined, wake: SettleStep["wake"], now: number): void {
    // A step that was reported alone has no group to wait for, whatever of an earlier one is open.
    const isAlone = known !== undefined && known.group_no === 0;
    if (wake === "always" || (wake === "group" && (isAlone || run.group_open === 0))) this.wake(run, now);
  }

  /** True: a step that does not count, because it was reported before as part of a race, is open. */
  openGroup(run: RunRow, effect: OpenGroup): boolean {
    let hasOpenRace = false;
    run.group_no += 1;
    run.group_open = 0;
    for (const step of effect.steps) {
      const known = this.#step(run, step.stepId);
      if (known !== undefined && known.race === 1 && known.state <= lastOpenState) hasOpenRace = true;
      if (known === undefined) {
        this.#report.run(run.seq, step.stepId, step.op, step.name, run.group_no, step.race ? 1 : 0);
        run.step_count += 1;
      } else if (known.state > lastOpenState || known.race === 1 || known.ended_at !== null || known.group_no === run.group_no) continue;
      else this.#regroup.run(run.group_no, run.seq, step.stepId);
      this.#connection.rowsWritten += 1;
      run.group_open += 1;
    }
    return hasOpenRace;
  }

  /** An item of its own for a step, once for the life of the run. Where it is born held, the place of the item. */
  plan(run: RunRow, effect: PlanStep, holderId: number | undefined, now: number): number | undefined {
    const begun = this.#begin(run, effect, stepStates.planned, null, null);
    if (begun === undefined) return undefined;
    if (effect.input !== undefined) this.#inputOf(run.seq, effect.stepId, effect.input);
    if (effect.request !== undefined) {
      this.#request.run(run.seq, effect.stepId, effect.request);
      this.#connection.rowsWritten += 1;
    }
    return this.#items.addStep(
      { ...stepItem(run, effect), id: effect.itemId, isSleep: false, attempt: begun.attempt },
      effect.wantsLease === true ? holderId : undefined,
      now,
    );
  }

  /** What the server itself is to do for a planned step. */
  requestOf(runSeq: number, stepId: string): StepRequest | undefined {
    return this.#requestOf.get(runSeq, stepId) as StepRequest | undefined;
  }

  /** A sleep with an item of its own, or as the run's own item, which `next` puts into the queue. */
  beginSleep(run: RunRow, effect: BeginSleep, now: number): void {
    const begun = this.#begin(run, { ...effect, op: "Sleep" }, stepStates.sleeping, effect.startedAt, effect.dueAt);
    if (begun !== undefined && effect.itemId !== undefined)
      this.#items.add({ ...stepItem(run, effect), id: effect.itemId, isSleep: true }, now);
  }

  /** A step that waits: false when it was reported so before. */
  beginWait(run: RunRow, effect: BeginWait): boolean {
    return this.#begin(run, effect, stepStates.waiting, effect.startedAt, effect.dueAt) !== undefined;
  }

  /** The end of a wait by an event, whose row is the result of its step: no copy of it. */
  endWaitByEvent(run: RunRow, stepId: string, event: WaitEvent, now: number): void {
    const known = this.#step(run, stepId);
    this.#count(run, known, event.bytes);
    this.#refer.run(run.journal_length, event.seq, event.id, event.endedAt, run.seq, stepId);
    this.#connection.rowsWritten += 1;
    this.#tell(run, known, event.wake, now);
  }

  /** The end of a wait: the one result of its step. */
  endWait(run: RunRow, stepId: string, end: WaitEnd, now: number): void {
    const known = this.#step(run, stepId);
    const effect: SettleStep = {
      kind: "settle_step",
      stepId: stepId as StepId,
      op: known?.op ?? "WaitForEvent",
      name: known?.name ?? stepId,
      memo: end.memo,
      failed: end.failed,
      startedAt: (known?.started_at ?? now) as EpochMs,
      endedAt: end.endedAt as EpochMs,
      attempt: 0,
      wake: end.wake,
    };
    this.#record(run, effect, known, now);
  }

  /** Says which event the memo of a settled step is. */
  nameEvent(run: RunRow, stepId: string, eventId: string): void {
    this.#nameEvent.run(eventId, run.seq, stepId);
  }

  /**
   * A loser of a race: it has no result and counts as open no longer. A request of the server's own goes with its item, and so
   * does code of the app that waits to be tried again. False: the step is settled or unknown, its code is yet to begin, or it
   * is the sleep of the run's own item.
   */
  drop(run: RunRow, stepId: string, now: number): boolean {
    const known = this.#step(run, stepId);
    if (known === undefined || known.ended_at !== null) return false;
    if (known.state === stepStates.sleeping) {
      if (!this.#items.removeSleep(run.seq, stepId)) return false;
    } else if (known.state === stepStates.planned) {
      if (this.#forgetRequest.run(run.seq, stepId).changes > 0) this.#items.removeStep(run.seq, stepId);
      else if (!this.#items.stopStep(run.seq, stepId)) return false;
    } else if (known.state !== stepStates.waiting) return false;
    if (known.group_no > 0 && known.group_no === run.group_no) run.group_open -= 1;
    this.#drop.run(now, run.seq, stepId);
    return true;
  }

  /** The app does not know a planned step: it is open no longer, its item goes, and it can be planned again. */
  unplan(run: RunRow, { stepId, attempt, wake }: UnplanStep, now: number): void {
    const known = this.#step(run, stepId);
    if (known?.state === stepStates.planned) {
      if (known.group_no > 0 && known.group_no === run.group_no) run.group_open -= 1;
      this.#items.removeStep(run.seq, stepId);
      this.#forgetRequest.run(run.seq, stepId);
      this.#unplan.run(attempt, run.seq, stepId);
      this.#connection.rowsWritten += 1;
    }
    this.#tell(run, known, wake, now);
  }

  /** The end of a sleep: its step has its result, which is null. */
  endSleep(run: RunRow, stepId: string, wake: SettleStep["wake"], now: number): void {
    const known = this.#step(run, stepId);
    const name = known?.name ?? stepId;
    const startedAt = (known?.started_at ?? now) as EpochMs;
    const memo = "null" as JsonText;
    this.settle(
      run,
      {
        kind: "settle_step",
        stepId: stepId as StepId,
        op: "Sleep",
        name,
        memo,
        failed: false,
        startedAt,
        endedAt: now as EpochMs,
        attempt: 0,
        wake,
      },
      now,
    );
  }

  /** Makes the run's own item due. In hand, it is told; in the queue, it is left as it is. */
  wake(run: RunRow, now: number): void {
    if (run.version >= 2) run.plan = 0;
    if (run.holder_id !== null) {
      run.woken = 1;
      return;
    }
    if (this.#items.find(run.id) !== undefined) return;
    if (run.leaseTo === undefined || !this.#items.takeWoken(run)) return this.queueOwn(run, now, 0);
    // As the claim of an item that is put into the queue now and is alone in its lane.
    run.holder_id = run.leaseTo;
    run.generation += 1;
    run.attempt = 0;
    run.woken = 0;
  }

  /**
   * A run of which nothing is queued and nobody has anything in hand would be stuck: it is asked again. True: it was so.
   */
  keepAlive(run: RunRow, now: number): boolean {
    if (run.ended_at !== null || run.holder_id !== null || this.#items.hasAny(run.seq) || this.#waits.hasAny(run.seq)) return false;
    this.wake(run, now);
    return true;
  }

  queueOwn(run: RunRow, dueAt: number, attempt: number, now = dueAt): void {
    run.attempt = attempt;
    run.woken = 0;
    this.#items.add(
      {
        id: run.id,
        runSeq: run.seq,
        functionId: run.function_id,
        laneKey: run.lane_key,
        isOwn: true,
        stepId: null,
        isSleep: false,
        race: false,
        snapshotLength: 0,
        dueAt,
        rank: rankUnderWay(run.queued_at as EpochMs, run.priority_ms),
        generation: 0,
        attempt: 0,
      },
      now,
    );
  }

  #begin(
    run: RunRow,
    effect: PlanStep | BeginWait | (BeginSleep & { readonly op: string }),
    state: number,
    startedAt: number | null,
    dueAt: number | null,
  ): { readonly attempt: number } | undefined {
    const known = this.#step(run, effect.stepId);
    if (known !== undefined && known.state !== stepStates.reported) return undefined;
    if (known === undefined) run.step_count += 1;
    const stepType = "stepType" in effect ? (effect.stepType ?? null) : null;
    this.#plan.run(run.seq, effect.stepId, state, effect.op, stepType, effect.name, startedAt, dueAt, effect.race ? 1 : 0);
    this.#connection.rowsWritten += 1;
    return { attempt: known?.attempt ?? 0 };
  }

  #step(run: RunRow, stepId: string): StepRow | undefined {
    return this.#find.get(run.seq, stepId) as StepRow | undefined;
  }
}
