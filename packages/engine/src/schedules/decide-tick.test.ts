import { type CronTrigger, type EpochMs, epochMs, limits } from "@stepwell/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSchedule, type Schedule } from "./compile-schedule.ts";
import { decideTick, type SkippedTicks, type TickDecision, type TickState } from "./decide-tick.ts";

function schedule(cron: string, jitterMs?: number): Schedule {
  const trigger: CronTrigger = { kind: "cron", cron, catchUp: "last", overlap: "allow", ...(jitterMs === undefined ? {} : { jitterMs }) };
  const compiled = compileSchedule(trigger, "app-f");
  if (compiled.kind === "invalid") throw new Error(compiled.message);
  return compiled.schedule;
}

const at = (text: string): EpochMs => epochMs(Date.parse(`2026-01-01T${text}Z`));
const shown = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

interface Case {
  readonly catchUp?: TickState["catchUp"];
  readonly overlap?: TickState["overlap"];
  readonly last: string;
  readonly now: string;
  readonly alive?: boolean;
}

function decide(cron: string, { catchUp = "last", overlap = "allow", last, now, alive = false }: Case): TickDecision {
  return decideTick({ schedule: schedule(cron), catchUp, overlap, lastScheduledAt: at(last), now: at(now), isLastRunAlive: alive });
}

function startsOf({ starts }: TickDecision): readonly string[] {
  return starts.map(({ scheduledAt }) => shown(scheduledAt));
}

function skippedOf({ skipped }: { readonly skipped: readonly SkippedTicks[] }): readonly string[] {
  return skipped.map(({ reason, first, last }) => `${reason} ${shown(first.scheduledAt)}-${shown(last.scheduledAt)}`);
}

describe("a tick", () => {
  test.for(["none", "last", "all"] as const)("in time starts one run, whatever is caught up with (%s)", (catchUp) => {
    for (const now of ["10:05:00", "10:05:00.900", "10:05:01"]) {
      const decision = decide("*/5 * * * *", { catchUp, last: "10:00:00", now });
      expect([startsOf(decision), skippedOf(decision)]).toEqual([["10:05:00"], []]);
      expect(shown(decision.lastScheduledAt)).toBe("10:05:00");
      expect(decision.next).toEqual({ scheduledAt: at("10:10:00"), fireAt: at("10:10:00") });
    }
  });

  test("does not fire a millisecond early: the decision gives the time to come back", () => {
    const decision = decide("*/5 * * * *", { last: "10:00:00", now: "10:04:59.999" });
    expect(decision).toEqual({
      starts: [],
      skipped: [],
      lastScheduledAt: at("10:00:00"),
      next: { scheduledAt: at("10:05:00"), fireAt: at("10:05:00") },
    });
  });

  test("is the last when no further moment exists", () => {
    const decision = decideTick({
      schedule: schedule("0 0 30 2 *"),
      catchUp: "all",
      overlap: "allow",
      lastScheduledAt: at("00:00:00"),
      now: at("10:00:00"),
      isLastRunAlive: false,
    });
    expect(decision).toEqual({ starts: [], skipped: [], lastScheduledAt: at("00:00:00"), next: undefined });
  });

  test("that was handled is not handled again when the clock has gone back", () => {
    const decision = decide("*/5 * * * *", { catchUp: "all", last: "10:05:00", now: "09:00:00" });
    expect([startsOf(decision), skippedOf(decision)]).toEqual([[], []]);
    expect(decision.next?.scheduledAt).toBe(at("10:10:00"));
  });
});

describe("ticks that were missed", () => {
  test.for([
    ["none", [], ["missed 10:05:00-10:30:00"]],
    ["last", ["10:30:00"], ["missed 10:05:00-10:25:00"]],
    ["all", ["10:05:00", "10:10:00", "10:15:00", "10:20:00", "10:25:00", "10:30:00"], []],
  ] as const)("with catchUp %j", ([catchUp, starts, skipped]) => {
    const decision = decide("*/5 * * * *", { catchUp, last: "10:00:00", now: "10:32:00" });
    expect([startsOf(decision), skippedOf(decision)]).toEqual([starts, skipped]);
    expect(shown(decision.lastScheduledAt)).toBe("10:30:00");
    expect(decision.next?.scheduledAt).toBe(at("10:35:00"));
  });

  test.for([
    ["none", ["10:30:00"], ["missed 10:05:00-10:25:00"]],
    ["last", ["10:30:00"], ["missed 10:05:00-10:25:00"]],
  ] as const)("with catchUp %j give way to one that is in time", ([catchUp, starts, skipped]) => {
    const decision = decide("*/5 * * * *", { catchUp, last: "10:00:00", now: "10:30:00.500" });
    expect([startsOf(decision), skippedOf(decision)]).toEqual([starts, skipped]);
  });

  test("are late by more than the limit, and not by the limit", () => {
    const seconds = String(limits.tickLatenessMsMax / 1_000).padStart(2, "0");
    expect(startsOf(decide("*/5 * * * *", { catchUp: "none", last: "10:00:00", now: `10:05:${seconds}` }))).toEqual(["10:05:00"]);
    const late = decide("*/5 * * * *", { catchUp: "none", last: "10:00:00", now: `10:05:${seconds}.001` });
    expect([startsOf(late), skippedOf(late)]).toEqual([[], ["missed 10:05:00-10:05:00"]]);
  });

  test("are made up for up to a limit, the latest ones, and a month of seconds costs no more than that", () => {
    const lastScheduledAt = at("00:00:00");
    const now = epochMs(lastScheduledAt + 30 * 86_400_000 + 30_500);
    const decision = decideTick({
      schedule: schedule("* * * * * *"),
      catchUp: "all",
      overlap: "allow",
      lastScheduledAt,
      now,
      isLastRunAlive: false,
    });
    // The tick of this second is in time and takes no place of those that were missed.
    expect(decision.starts).toHaveLength(limits.catchUpTicksMax + 1);
    expect(decision.starts.at(-1)?.scheduledAt).toBe(now - 500);
    const firstStart = now - 500 - limits.catchUpTicksMax * 1_000;
    expect(decision.starts[0]?.scheduledAt).toBe(firstStart);
    expect(decision.skipped).toMatchObject([
      { reason: "missed", first: { scheduledAt: lastScheduledAt + 1_000 }, last: { scheduledAt: firstStart - 1_000 } },
    ]);
  });
});

describe("with overlap skip", () => {
  test("a tick starts nothing while the run of an earlier one is alive", () => {
    const decision = decide("*/5 * * * *", { overlap: "skip", last: "10:00:00", now: "10:05:00", alive: true });
    expect([startsOf(decision), skippedOf(decision)]).toEqual([[], ["overlap 10:05:00-10:05:00"]]);
    expect(shown(decision.lastScheduledAt)).toBe("10:05:00");
  });

  test("a tick starts a run when the last one has ended", () => {
    expect(startsOf(decide("*/5 * * * *", { overlap: "skip", last: "10:00:00", now: "10:05:00" }))).toEqual(["10:05:00"]);
  });

  test("of the ticks that are caught up with, the last one runs: together they would overlap", () => {
    const decision = decide("*/5 * * * *", { overlap: "skip", catchUp: "all", last: "10:00:00", now: "10:17:00" });
    expect([startsOf(decision), skippedOf(decision)]).toEqual([["10:15:00"], ["overlap 10:05:00-10:10:00"]]);
  });

  test("each reason stands for itself", () => {
    const decision = decide("*/5 * * * *", { overlap: "skip", last: "10:00:00", now: "10:17:00", alive: true });
    expect(skippedOf(decision)).toEqual(["missed 10:05:00-10:10:00", "overlap 10:15:00-10:15:00"]);
  });

  test("with overlap allow nobody asks", () => {
    expect(startsOf(decide("*/5 * * * *", { overlap: "allow", last: "10:00:00", now: "10:05:00", alive: true }))).toEqual(["10:05:00"]);
  });
});

/** A server that looks whenever a tick is due, and now and then is away. */
function live(
  one: Schedule,
  catchUp: TickState["catchUp"],
  lateness: readonly number[],
): readonly (TickDecision & { readonly now: number })[] {
  const decisions: (TickDecision & { readonly now: number })[] = [];
  let lastScheduledAt = at("10:00:00");
  let now: number = lastScheduledAt;
  for (const lateMs of lateness) {
    const next = decideTick({ schedule: one, catchUp, overlap: "allow", lastScheduledAt, now: epochMs(now), isLastRunAlive: false }).next;
    now = Math.max(now, next?.fireAt ?? now) + lateMs;
    const decision = decideTick({ schedule: one, catchUp, overlap: "allow", lastScheduledAt, now: epochMs(now), isLastRunAlive: false });
    lastScheduledAt = decision.lastScheduledAt;
    decisions.push({ ...decision, now });
  }
  return decisions;
}

describe("over time", () => {
  const anyJitter = fc.constantFrom(undefined, 1_000, 20_000, 300_000);
  const anyCron = fc.constantFrom("* * * * *", "*/7 * * * *", "*/10 * * * * *");
  const lateness = (max: number): fc.Arbitrary<readonly number[]> => fc.array(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 20 });

  test("each moment is handled once, in order, never early, and what is not started is accounted for", () => {
    fc.assert(
      fc.property(anyCron, anyJitter, fc.constantFrom("none", "last", "all"), lateness(3_600_000), (cron, jitterMs, catchUp, delays) => {
        const one = schedule(cron, jitterMs);
        let handled: EpochMs = at("10:00:00");
        for (const { starts, skipped, lastScheduledAt, now } of live(one, catchUp, delays)) {
          const until = Math.max(handled, ...starts.map(({ scheduledAt }) => scheduledAt), ...skipped.map(({ last }) => last.scheduledAt));
          expect(lastScheduledAt).toBe(until);
          for (const { scheduledAt, fireAt } of starts) expect([fireAt <= now, scheduledAt > handled]).toEqual([true, true]);
          const started = new Set(starts.map(({ scheduledAt }) => scheduledAt));
          for (let moment = one.nextAfter(handled); moment !== undefined && moment <= until; moment = one.nextAfter(moment)) {
            const place = moment;
            const isSkipped = skipped.some(({ first, last }) => first.scheduledAt <= place && place <= last.scheduledAt);
            expect(started.has(place) !== isSkipped).toBe(true);
          }
          handled = lastScheduledAt;
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a server that is never away misses nothing, also where jitter is longer than the schedule's interval", () => {
    fc.assert(
      fc.property(
        anyCron,
        anyJitter,
        fc.constantFrom("none", "last", "all"),
        lateness(limits.tickLatenessMsMax),
        (cron, jitterMs, catchUp, delays) => {
          const one = schedule(cron, jitterMs);
          const started: number[] = [];
          for (const { starts, skipped } of live(one, catchUp, delays)) {
            expect(skipped).toEqual([]);
            started.push(...starts.map(({ scheduledAt }) => scheduledAt));
          }
          let moment: EpochMs | undefined = at("10:00:00");
          for (const each of started) {
            moment = one.nextAfter(moment ?? epochMs(0));
            expect(each).toBe(moment);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
