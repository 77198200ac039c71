// Keeps one timer for each schedule of each function, and fires what is due.
//
// K1. A timer stands for a function and an expression in its zone. As long as the function asks for it, it keeps its place:
//     restarts and syncs move it only where its jitter has changed.
// K2. A tick's event, its run and the timer's next time are one unit, guarded by the time at which the timer was seen to be
//     due. So whoever fires a timer twice, or after it was taken away, fires nothing.
// K3. Timers are made equal to what functions ask for at start and at every sync that changed something, one time after the
//     other. If that fails, the next sync does it, changed or not.
// K4. What a tick does is decided by the function as it is now, and not as it was when the timer was set.

import type { EpochMs, RunId } from "@stepwell/protocol";
import type { SetTimerUnit, Store, TimerRecord, TimerRef } from "@stepwell/store";
import type { Clock } from "../seams/clock.ts";
import { newId, type Random } from "../seams/random.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";
import { decideTick, type TickDecision } from "./decide-tick.ts";
import { describeSkipped } from "./describe-skipped.ts";
import type { FunctionSchedule } from "./function-schedules.ts";
import { type SkippedEvent, type TickStart, tickDedupeKey, tickEvent } from "./tick-event.ts";
import { readTimerState, type TimerState, writeTimerState } from "./timer-state.ts";

/** What a timer brings about, to be accepted as one unit. */
export interface Firing {
  readonly of: FunctionSchedule;
  readonly starts: readonly TickStart[];
  readonly skipped: readonly SkippedEvent[];
  readonly timer: TimerRef & { readonly next?: NonNullable<SetTimerUnit["next"]> };
}

export interface ScheduleKeeperParts {
  readonly store: Store;
  readonly writer: BatchWriter;
  readonly clock: Clock;
  readonly random: Random;
  /** What functions ask for now, by the subjects of their timers. */
  readonly schedules: () => ReadonlyMap<string, FunctionSchedule>;
  /** Records the events and runs; resolves when they are durable, or when the timer was not as it was seen. */
  readonly accept: (firing: Firing) => Promise<void>;
}

export class ScheduleKeeper {
  readonly #parts: ScheduleKeeperParts;
  #aligning: Promise<void> = Promise.resolve();
  #isAligned = false;

  constructor(parts: ScheduleKeeperParts) {
    this.#parts = parts;
  }

  /** Makes the timers equal to what functions ask for. `isChanged: false` does so only if the last time failed. */
  align({ isChanged }: { readonly isChanged: boolean }): Promise<void> {
    if (isChanged) this.#isAligned = false;
    // One that failed is made up for by this one; whoever asked for it was told.
    this.#aligning = this.#aligning.catch(() => undefined).then(() => (this.#isAligned ? undefined : this.#align()));
    return this.#aligning;
  }

  /** Fires a timer that is due. It rejects when the store fails; then nothing is recorded, or nobody knows. */
  async fire(timer: TimerRecord): Promise<void> {
    const { store, writer, clock } = this.#parts;
    const wanted = this.#parts.schedules().get(timer.subject);
    if (wanted === undefined) return void (await writer.commit(setTimer(timer.subject, { expected: timer.dueAt })));
    const state = readTimerState(timer.data) ?? { lastScheduledAt: timer.dueAt };
    const isLastRunAlive = wanted.trigger.overlap === "skip" && (await isAlive(store, state.lastRunId));
    const now = clock.now();
    const { catchUp, overlap } = wanted.trigger;
    const { lastScheduledAt } = state;
    const decision = decideTick({ schedule: wanted.schedule, catchUp, overlap, lastScheduledAt, now, isLastRunAlive });
    await this.#parts.accept(this.#firingOf(wanted, timer, decision, state));
  }

  #firingOf(of: FunctionSchedule, timer: TimerRecord, decision: TickDecision, { lastRunId }: TimerState): Firing {
    const { clock, random } = this.#parts;
    const { cron } = of.trigger;
    const starts = decision.starts.map((tick) => ({
      event: tickEvent(cron, tick),
      runId: newId<RunId>(clock.now(), random),
      dedupeKey: tickDedupeKey(cron, tick),
    }));
    const skipped = decision.skipped.map((each) => ({
      event: tickEvent(cron, each.last),
      reason: each.reason,
      detail: describeSkipped(each, { catchUp: of.trigger.catchUp, aliveRunId: decision.starts.length > 0 ? undefined : lastRunId }),
    }));
    const runId = starts.at(-1)?.runId ?? lastRunId;
    const state = { lastScheduledAt: decision.lastScheduledAt, ...(runId === undefined ? {} : { lastRunId: runId }) };
    const { kind, subject, dueAt } = timer;
    const next = decision.next === undefined ? {} : { next: { dueAt: decision.next.fireAt, data: writeTimerState(state) } };
    return { of, starts, skipped, timer: { kind, subject, dueAt, ...next } };
  }

  async #align(): Promise<void> {
    const { store, writer, clock } = this.#parts;
    const schedules = this.#parts.schedules();
    const timers = new Map((await store.timers.list({ kind: "cron" })).map((timer) => [timer.subject, timer]));
    const now = clock.now();
    const units = [...schedules.values()].flatMap((wanted) => alignOne(wanted, timers.get(wanted.subject), now));
    for (const { subject } of timers.values()) if (!schedules.has(subject)) units.push(setTimer(subject, {}));
    await Promise.all(units.map((unit) => writer.commit(unit)));
    // What was asked for meanwhile is for the next one.
    this.#isAligned = schedules === this.#parts.schedules();
  }
}

/** A schedule that names no further moment has no timer. */
function alignOne({ subject, schedule }: FunctionSchedule, timer: TimerRecord | undefined, now: EpochMs): readonly SetTimerUnit[] {
  const known = timer === undefined ? undefined : readTimerState(timer.data);
  const state = known ?? { lastScheduledAt: now };
  const nextAt = schedule.nextAfter(state.lastScheduledAt);
  const dueAt = nextAt === undefined ? undefined : schedule.fireAt(nextAt);
  if (dueAt === timer?.dueAt && known !== undefined) return [];
  if (dueAt === undefined) return timer === undefined ? [] : [setTimer(subject, {})];
  // A tick that fires meanwhile has set the timer by what the function asks for now; it wins.
  const expected = timer === undefined ? {} : { expected: timer.dueAt };
  return [setTimer(subject, { ...expected, next: { dueAt, data: writeTimerState(state) } })];
}

function setTimer(subject: string, parts: Pick<SetTimerUnit, "expected" | "next">): SetTimerUnit {
  return { kind: "set_timer", timer: "cron", subject, ...parts };
}

async function isAlive(store: Store, runId: RunId | undefined): Promise<boolean> {
  const run = runId === undefined ? undefined : await store.runs.find(runId);
  return run !== undefined && run.endedAt === undefined;
}
