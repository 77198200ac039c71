// Records what a call brought, fenced by its lease.
//
// What the short path does not serve reads the run's row, applies the effects to it and writes it back.

import type { StatementSync } from "node:sqlite";
import { type EpochMs, limits, type StoreSeq } from "@stepwell/protocol";
import type { CallUnit, Effect, EndedStatus, Next, OwnLease, PlanStep, ReleaseUnit, StepLease, UnitOutcome } from "@stepwell/store";
import type { Accept } from "./accept.ts";
import type { Attempts } from "./attempts.ts";
import type { Connection } from "./connection.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Items } from "./items.ts";
import type { Journal } from "./journal.ts";
import type { Lanes } from "./lanes.ts";
import type { Logs } from "./logs.ts";
import type { Metadata } from "./metadata.ts";
import { Payloads } from "./payloads.ts";
import type { RecentEnds } from "./recent-ends.ts";
import { statusNumbers, statusOf } from "./rows.ts";
import type { RunEnds } from "./run-ends.ts";
import type { RunRow, RunRows } from "./run-row.ts";
import { ShortCalls } from "./short-calls.ts";
import type { WaitNames } from "./wait-names.ts";
import type { Begun, WaitUnits } from "./wait-units.ts";

export interface CallParts {
  readonly connection: Connection;
  readonly items: Items;
  readonly lanes: Lanes;
  readonly payloads: Payloads;
  readonly journal: Journal;
  readonly runs: RunRows;
  readonly names: WaitNames;
  readonly waits: WaitUnits;
  readonly runEnds: RunEnds;
  readonly ends: RecentEnds;
  readonly accept: Accept;
  readonly logs: Logs;
  readonly deadLetters: DeadLetters;
  readonly metadata: Metadata;
  readonly attempts: Attempts;
}

const committed: UnitOutcome = { kind: "committed" };
const leaseLost: UnitOutcome = { kind: "lease_lost" };
const staleJournal: UnitOutcome = { kind: "stale_journal" };
const notFound: UnitOutcome = { kind: "not_found" };

interface ItemRow {
  readonly holder_id: number | null;
  readonly generation: number;
  readonly state: number;
  readonly function_id: number;
  readonly lane_key: string;
  readonly attempt: number;
}

/** Turned away in the middle of a unit: what it wrote is taken back. */
class OverLimit extends Error {
  readonly limit: "stepsPerRunMax" | "runStateBytesMax";
  constructor(limit: "stepsPerRunMax" | "runStateBytesMax") {
    super(limit);
    this.limit = limit;
  }
}

export class Calls {
  readonly #parts: CallParts;
  readonly #short: ShortCalls;
  readonly #item: StatementSync;
  readonly #hasEnded: StatementSync;
  readonly #deleteItem: StatementSync;
  readonly #resetItem: StatementSync;
  readonly #warn: StatementSync;

  constructor(parts: CallParts) {
    this.#parts = parts;
    this.#short = new ShortCalls(parts);
    const prepare = parts.connection.prepare.bind(parts.connection);
    this.#item = prepare(
      "-- stepwell: queue.lease\nselect holder_id, generation, state, function_id, lane_key, attempt from queue_items where seq = ? and run_seq = ?",
    );
    this.#hasEnded = prepare(`-- stepwell: queue.has_ended
      select 1 from queue_items q join journal_entries j on j.run_seq = q.run_seq and j.step_id = q.step_id
       where q.seq = ? and j.ended_at is not null`);
    this.#deleteItem = prepare("-- stepwell: queue.end\ndelete from queue_items where seq = ?");
    this.#resetItem = prepare("-- stepwell: queue.reset_attempt\nupdate queue_items set attempt = 0 where seq = ?");
    this.#warn = prepare(`-- stepwell: runs.warn
      update runs set warnings = json_insert(coalesce(warnings, '[]'), '$[#]', ?1)
       where seq = ?2 and json_array_length(coalesce(warnings, '[]')) < ${limits.runWarningsMax}
         and not exists (select 1 from json_each(coalesce(warnings, '[]')) where value = ?1)`);
  }

  apply(unit: CallUnit, now: number): UnitOutcome {
    return this.#short.apply(unit) ? committed : this.#applyLong(unit, now);
  }

  release(unit: ReleaseUnit, now: number): UnitOutcome {
    const run = this.#parts.runs.find(unit.lease.runSeq);
    const refusal = this.#refusal(run, unit.lease);
    if (refusal !== undefined || run === undefined) return refusal ?? notFound;
    if (unit.lease.kind === "step") {
      this.#retry(unit.lease, { kind: "retry", dueAt: now as EpochMs, attempt: this.#itemOf(unit.lease)?.attempt ?? 0 }, now);
      return committed;
    }
    this.#queue(run, { kind: "queue", dueAt: now as EpochMs, attempt: run.attempt, rank: unit.rank }, now);
    this.#parts.runs.write(run);
    return committed;
  }

  #applyLong(unit: CallUnit, now: number): UnitOutcome {
    const run = this.#parts.runs.find(unit.lease.runSeq);
    const refusal = this.#refusal(run, unit.lease);
    if (refusal !== undefined || run === undefined) return refusal ?? notFound;
    if (!mayExceed(run, unit.effects)) return this.#carryOut(run, unit, now);
    try {
      return this.#parts.connection.savepoint(
        () => this.#carryOut(run, unit, now),
        () => {
          this.#parts.lanes.rebuild();
          this.#parts.names.rebuild();
          this.#parts.waits.forgetSuperseded();
        },
      );
    } catch (error) {
      if (error instanceof OverLimit) return { kind: "over_limit", limit: error.limit };
      throw error;
    }
  }

  #refusal(run: RunRow | undefined, lease: OwnLease | StepLease): UnitOutcome | undefined {
    if (run === undefined) return notFound;
    if (run.ended_at !== null) return { kind: "run_ended", status: statusOf(run.status) as EndedStatus };
    if (lease.kind === "own") {
      if (run.holder_id !== lease.holderId || run.generation !== lease.generation) return leaseLost;
      return lease.journalLength === undefined || lease.journalLength === run.journal_length ? undefined : staleJournal;
    }
    const item = this.#itemOf(lease);
    return item === undefined || item.state !== 2 || item.holder_id !== lease.holderId || item.generation !== lease.generation
      ? leaseLost
      : undefined;
  }

  #itemOf(lease: StepLease): ItemRow | undefined {
    return this.#item.get(lease.itemSeq, lease.runSeq) as ItemRow | undefined;
  }

  #carryOut(run: RunRow, unit: CallUnit, now: number): UnitOutcome {
    const begun: Begun = {
      holderId: this.#parts.accept.leaserOf(unit.lease.holderId),
      unlooked: [],
      events: [],
      planned: [],
      hasOpenRace: false,
    };
    const { group_no: hadGroup, empty_replies: hadEmptyReplies, step_count: hadSteps, state_bytes: hadBytes } = run;
    const { version, plan, startedAt, emptyReplies } = unit.change;
    if (version !== undefined) run.version = version;
    if (plan !== undefined) run.plan = plan ? 1 : 0;
    if (emptyReplies !== undefined) run.empty_replies = emptyReplies;
    if (startedAt !== undefined) run.started_at ??= startedAt;
    // An item that is done with is gone before its step settles, so that only what is alive counts below.
    if (unit.next.kind === "done" && unit.lease.kind === "step") this.#endItem(unit.lease);
    for (const effect of unit.effects) this.#applyEffect(run, effect, begun, now);
    // A run that stands past a limit (by the error that says so) can still be ended.
    if (run.step_count > limits.stepsPerRunMax && run.step_count > hadSteps) throw new OverLimit("stepsPerRunMax");
    if (run.state_bytes > limits.runStateBytesMax && run.state_bytes > hadBytes) throw new OverLimit("runStateBytesMax");
    const isGroupDone = run.group_no > hadGroup && run.group_open === 0 && !begun.hasOpenRace;
    this.#applyNext(run, unit, isGroupDone, now);
    // A step's call may have dropped its own step, and then there is nothing to try again or to go on with.
    const { kind } = unit.next;
    if ((kind === "park" || kind === "done" || kind === "retry" || kind === "stay") && this.#parts.journal.keepAlive(run, now))
      run.empty_replies = hadEmptyReplies + 1; // Whatever the reply said, the run did not come further.
    this.#parts.runs.write(run);
    if (unit.next.kind === "end")
      for (const event of unit.next.events ?? []) begun.events.push(this.#parts.accept.acceptEvent(event, begun.holderId, now));
    return outcomeOf(begun);
  }

  #applyEffect(run: RunRow, effect: Effect, begun: Begun, now: number): void {
    const { journal } = this.#parts;
    switch (effect.kind) {
      case "settle_step":
        return journal.settle(run, effect, now);
      case "open_group":
        begun.hasOpenRace = journal.openGroup(run, effect);
        return;
      case "plan_step":
        return this.#plan(run, effect, begun, now);
      case "unplan_step":
        return journal.unplan(run, effect, now);
      case "begin_sleep":
        return journal.beginSleep(run, effect, now);
      case "begin_wait":
        return this.#parts.waits.begin(run, effect, begun, now);
      case "drop_steps":
        return this.#parts.waits.drop(run, effect, begun, now);
      case "record_attempt":
        return this.#parts.attempts.append(run.seq, effect);
      case "record_logs":
        return this.#parts.logs.append(run.seq, effect);
      case "record_metadata":
        this.#parts.metadata.set(run.seq, [effect], effect.at);
        return;
      case "warn_run":
        this.#warn.run(effect.text, run.seq);
        return;
      default:
        return effect satisfies never;
    }
  }

  #endItem({ runSeq, itemSeq }: StepLease): void {
    this.#deleteItem.run(itemSeq);
    this.#parts.lanes.giveStep(runSeq, itemSeq);
  }

  #plan(run: RunRow, effect: PlanStep, begun: Begun, now: number): void {
    const itemSeq = this.#parts.journal.plan(run, effect, begun.holderId, now);
    if (itemSeq !== undefined) begun.planned.push({ stepId: effect.stepId, itemId: effect.itemId, itemSeq: itemSeq as StoreSeq });
  }

  #applyNext(run: RunRow, unit: CallUnit, isGroupDone: boolean, now: number): void {
    const { next, lease } = unit;
    switch (next.kind) {
      case "stay":
        if (lease.kind === "own") run.attempt = 0;
        else this.#resetItem.run(lease.itemSeq);
        return;
      case "keep":
        run.generation += 1;
        run.attempt = 0;
        run.woken = 0;
        return;
      case "queue":
        return this.#queue(run, next, now);
      case "park":
        run.holder_id = null;
        this.#parts.lanes.giveOwn(run.seq);
        if (run.woken === 0 && !isGroupDone) return;
        if (run.version >= 2) run.plan = 0;
        return this.#queue(run, { ...next, kind: "queue", dueAt: now as EpochMs, attempt: 0 }, now);
      case "done": // Its item went before its step settled.
        return;
      case "retry":
        if (lease.kind !== "step") return;
        // A step that has ended is not tried again: the loser of a race that is over, for one.
        return this.#hasEnded.get(lease.itemSeq) === undefined ? this.#retry(lease, next, now) : this.#endItem(lease);
      case "end":
        return this.end(run, next, now);
      default:
        return next satisfies never;
    }
  }

  #queue(run: RunRow, next: Extract<Next, { kind: "queue" }>, now: number): void {
    run.holder_id = null;
    this.#parts.lanes.giveOwn(run.seq);
    run.attempt = next.attempt;
    run.woken = 0;
    this.#parts.items.add(
      {
        id: run.id,
        runSeq: run.seq,
        functionId: run.function_id,
        laneKey: run.lane_key,
        isOwn: true,
        stepId: next.sleepStepId ?? null,
        isSleep: next.sleepStepId !== undefined,
        race: false,
        snapshotLength: 0,
        dueAt: next.dueAt,
        rank: next.rank,
        generation: 0,
        attempt: 0,
      },
      now,
    );
  }

  #retry(lease: StepLease, next: Extract<Next, { kind: "retry" }>, now: number): void {
    const item = this.#itemOf(lease);
    if (item === undefined) return;
    this.#parts.items.requeue(
      {
        seq: lease.itemSeq,
        runSeq: lease.runSeq,
        functionId: item.function_id,
        laneKey: item.lane_key,
        dueAt: next.dueAt,
        attempt: next.attempt,
      },
      now,
    );
  }

  /** Ends a run that is alive, for the sake of another one. */
  cancel(runSeq: StoreSeq, reason: string, now: number): void {
    const run = this.#parts.runs.find(runSeq);
    if (run === undefined || run.ended_at !== null) throw new Error("a run that has its singleton is not alive");
    run.cancel_reason = reason;
    this.end(run, { kind: "end", status: "cancelled", endedAt: now as EpochMs, sweep: true }, now);
    this.#parts.runs.write(run);
  }

  end(run: RunRow, next: Extract<Next, { kind: "end" }>, now: number): void {
    const output = next.output ?? null;
    const isLong = output !== null && Payloads.isLong(output);
    run.status = statusNumbers[next.status];
    run.ended_at = next.endedAt;
    run.ended_seq = this.#parts.connection.nextSeq();
    run.holder_id = null;
    run.output = isLong ? null : output;
    run.output_payload = isLong ? this.#parts.payloads.append(output) : null;
    run.error = next.error ?? null;
    if (next.failure !== undefined) this.#parts.deadLetters.record(run.seq, next.failure, next.endedAt);
    // Whatever was promised: a unit that comes here may have planned something itself.
    this.#parts.items.removeAll(run.seq);
    this.#parts.lanes.endRun(run.seq);
    this.#parts.ends.push(run.seq, run.ended_seq, run.status);
    this.#parts.runEnds.follow(
      run,
      { status: next.status, output, types: next.outputTypes, error: run.error, reason: run.cancel_reason },
      now,
    );
  }
}

function outcomeOf({ unlooked, events, planned }: Begun): UnitOutcome {
  if (unlooked.length === 0 && events.length === 0 && planned.length === 0) return committed;
  return {
    kind: "committed",
    ...(unlooked.length === 0 ? {} : { unlooked }),
    ...(events.length === 0 ? {} : { events }),
    ...(planned.length === 0 ? {} : { planned }),
  };
}

/** Whether the effects could break a limit; by an upper bound, so that nearly every unit needs no savepoint. */
function mayExceed(run: RunRow, effects: readonly Effect[]): boolean {
  let steps = run.step_count;
  let bytes = run.state_bytes;
  for (const effect of effects) {
    if (effect.kind === "open_group") steps += effect.steps.length;
    else if (effect.kind !== "record_attempt" && effect.kind !== "drop_steps" && effect.kind !== "warn_run") steps += 1;
    if (effect.kind === "settle_step") bytes += effect.memo.length * 3;
    // It may end at once, with a signal of any size.
    else if (effect.kind === "begin_wait" && effect.waitsFor.kind !== "event") return true;
  }
  return steps > limits.stepsPerRunMax || bytes > limits.runStateBytesMax;
}
