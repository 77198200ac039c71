// What a schedule does now: which of its moments start a run, which do not and why, and when to look again. Pure.
//
// T1. Moments are handled in their order, each once. The last one handled is all that is remembered, and each decision moves
//     it on by everything that is due.
// T2. Nothing fires before its time. A tick that its jitter keeps back keeps back the moments after it.
// T3. A tick that is late beyond `tickLatenessMsMax` was missed, e.g. while no server ran: `catchUp` says what becomes of it.
// T4. A week without a server may hold half a million moments. They are not walked through: what was missed is looked at from
//     its end, no further than can be made up for.

import { type CronTrigger, type EpochMs, epochMs, limits } from "@stepwell/protocol";
import type { Schedule } from "./compile-schedule.ts";

export interface TickState {
  readonly schedule: Schedule;
  readonly catchUp: CronTrigger["catchUp"];
  readonly overlap: CronTrigger["overlap"];
  /** The last moment that was handled; of a schedule that is new, when it became known. */
  readonly lastScheduledAt: EpochMs;
  readonly now: EpochMs;
  /** Whether the run of an earlier tick is alive. */
  readonly isLastRunAlive: boolean;
}

export interface Tick {
  /** The moment that the expression names. */
  readonly scheduledAt: EpochMs;
  /** The same, later by its jitter. */
  readonly fireAt: EpochMs;
}

/** Moments that start nothing. There may be others between the first and the last. */
export interface SkippedTicks {
  readonly reason: "missed" | "overlap";
  readonly first: Tick;
  readonly last: Tick;
}

export interface TickDecision {
  /** In the order of their moments. */
  readonly starts: readonly Tick[];
  readonly skipped: readonly SkippedTicks[];
  /** To be remembered. */
  readonly lastScheduledAt: EpochMs;
  /** The next tick; nothing is due before its `fireAt`. `undefined`: the schedule names no further moment. */
  readonly next: Tick | undefined;
}

/** Decides what is due at `now`. When nothing is, it says so and gives the next tick. */
export function decideTick(state: TickState): TickDecision {
  const { schedule, now } = state;
  // A tick before this moment was missed, whatever its jitter.
  const missedBefore = epochMs(now - schedule.jitterMs - limits.tickLatenessMsMax);
  const missed = missedTicks(state, missedBefore);
  const inTime = ticksInTime(schedule, epochMs(Math.max(state.lastScheduledAt, missedBefore - 1)), now);
  const madeUp = catchUpOf(state, missed, inTime.due.length > 0);
  const left = missed.slice(0, missed.length - madeUp.length);
  const due = [...madeUp, ...inTime.due];
  const starts = state.overlap === "allow" ? due : state.isLastRunAlive ? [] : due.slice(-1);
  const skipped = [
    ...rangeOf("missed", left, () => firstAfter(schedule, state.lastScheduledAt)),
    ...rangeOf("overlap", due.slice(0, due.length - starts.length)),
  ];
  return {
    starts,
    skipped,
    lastScheduledAt: due.at(-1)?.scheduledAt ?? left.at(-1)?.scheduledAt ?? state.lastScheduledAt,
    next: inTime.next,
  };
}

/** Those that are not late, as far as they are due, and the one after them. */
function ticksInTime(schedule: Schedule, after: EpochMs, now: EpochMs): { readonly due: readonly Tick[]; readonly next: Tick | undefined } {
  const due: Tick[] = [];
  let next = firstAfter(schedule, after);
  while (next !== undefined && next.fireAt <= now) {
    due.push(next);
    next = firstAfter(schedule, next.scheduledAt);
  }
  return { due, next };
}

/** The latest of those that were missed, in their order; one more than can be made up for, to see whether any are left. */
function missedTicks({ schedule, catchUp, lastScheduledAt }: TickState, before: EpochMs): readonly Tick[] {
  const missed: Tick[] = [];
  const countMax = 1 + (catchUp === "all" ? limits.catchUpTicksMax : 1);
  let at = schedule.latestUntil(epochMs(before - 1));
  while (at !== undefined && at > lastScheduledAt && missed.length < countMax) {
    missed.push(tickOf(schedule, at));
    at = schedule.latestUntil(epochMs(at - 1));
  }
  return missed.reverse();
}

function catchUpOf({ catchUp }: TickState, missed: readonly Tick[], isOneInTime: boolean): readonly Tick[] {
  if (catchUp === "all") return missed.slice(-limits.catchUpTicksMax);
  // The last tick of all that are due is one in time, where there is one.
  return catchUp === "none" || isOneInTime ? [] : missed.slice(-1);
}

function rangeOf(reason: SkippedTicks["reason"], ticks: readonly Tick[], firstOf?: () => Tick | undefined): readonly SkippedTicks[] {
  const [first, last] = [ticks[0], ticks.at(-1)];
  return first === undefined || last === undefined ? [] : [{ reason, first: firstOf?.() ?? first, last }];
}

function firstAfter(schedule: Schedule, after: EpochMs): Tick | undefined {
  const at = schedule.nextAfter(after);
  return at === undefined ? undefined : tickOf(schedule, at);
}

function tickOf(schedule: Schedule, scheduledAt: EpochMs): Tick {
  return { scheduledAt, fireAt: schedule.fireAt(scheduledAt) };
}
