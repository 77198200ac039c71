import { type CronTrigger, cronFieldsOf, type EpochMs, epochMs } from "@stepwell/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSchedule, type Schedule } from "./compile-schedule.ts";

function schedule(cron: string, more: Partial<CronTrigger> = {}): Schedule {
  const timeZone = /^TZ=(\S+) /.exec(cron)?.[1];
  const zone = timeZone === undefined ? {} : { timeZone };
  const compiled = compileSchedule({ kind: "cron", cron, catchUp: "last", overlap: "allow", ...zone, ...more }, "app-f");
  if (compiled.kind === "invalid") throw new Error(compiled.message);
  return compiled.schedule;
}

const at = (text: string): EpochMs => epochMs(Date.parse(`${text}Z`));
const shown = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 19));

/** All moments in a span, its start left out and its end not. */
function momentsIn(one: Schedule, from: EpochMs, until: EpochMs): readonly number[] {
  const moments: number[] = [];
  for (let next = one.nextAfter(from); next !== undefined && next <= until; next = one.nextAfter(next)) moments.push(next);
  return moments;
}

describe("the next moment", () => {
  test.for([
    ["* * * * *", "2026-01-01T00:00:00", "2026-01-01T00:01:00"],
    ["* * * * *", "2026-01-01T00:00:59.999", "2026-01-01T00:01:00"],
    ["* * * * * *", "2026-01-01T00:00:00.001", "2026-01-01T00:00:01"],
    ["30 15 9 * * *", "2026-01-01T09:15:30", "2026-01-02T09:15:30"],
    ["0 9 * * 1-5", "2026-01-02T09:00:00", "2026-01-05T09:00:00"],
    ["5/15 * * * *", "2026-01-01T00:06:00", "2026-01-01T00:20:00"],
    ["0 0 ? * 7", "2026-01-01T00:00:00", "2026-01-04T00:00:00"],
    ["0 0 L * *", "2026-02-01T00:00:00", "2026-02-28T00:00:00"],
    ["0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"],
    // Days of month and of week are alternatives when both are restricted.
    ["0 0 13 * FRI", "2026-02-01T00:00:00", "2026-02-06T00:00:00"],
    ["TZ=Europe/Berlin 0 9 * * *", "2026-01-01T00:00:00", "2026-01-01T08:00:00"],
    ["TZ=Europe/Berlin 0 9 * * *", "2026-07-01T00:00:00", "2026-07-01T07:00:00"],
    ["TZ=Asia/Kathmandu 0 0 * * *", "2026-01-01T00:00:00", "2026-01-01T18:15:00"],
  ] as const)("of %j after %s is %s", ([cron, from, next]) => {
    expect(shown(schedule(cron).nextAfter(at(from)))).toBe(next);
  });

  test.for(["0 0 30 2 *", "0 0 31 4,6,9,11 *"])("of %j does not exist, nor does an earlier one, and the search ends", (cron) => {
    expect(schedule(cron).nextAfter(at("2026-01-01T00:00:00"))).toBeUndefined();
    expect(schedule(cron).latestUntil(at("2026-01-01T00:00:00"))).toBeUndefined();
  });

  test("does not exist where it falls into the hour that clocks leave out, year after year", () => {
    expect(schedule("TZ=Europe/Berlin 30 2 * 3 SUN#L").nextAfter(at("2026-01-01T00:00:00"))).toBeUndefined();
  });

  test.for(["61 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *", "5-1 * * * *", "JAN * * * *", "* * * *"])(
    "of %j is not asked for: it does not compile, and the message says where",
    (cron) => {
      const compiled = compileSchedule({ kind: "cron", cron, catchUp: "last", overlap: "allow" }, "app-f");
      expect(compiled).toEqual({ kind: "invalid", message: expect.stringMatching(/\w/) });
      expect(JSON.stringify(compiled)).not.toContain("CronPattern");
    },
  );
});

describe("when clocks go forward", () => {
  test.for([
    ["TZ=Europe/Berlin 30 2 * * *", "2026-03-28T12:00:00", ["2026-03-30T00:30:00", "2026-03-31T00:30:00"]],
    ["TZ=America/New_York 30 2 * * *", "2026-03-07T12:00:00", ["2026-03-09T06:30:00", "2026-03-10T06:30:00"]],
    ["TZ=Australia/Lord_Howe 15 2 * * *", "2026-10-02T20:00:00", ["2026-10-04T15:15:00", "2026-10-05T15:15:00"]],
  ] as const)("a daily time that does not exist is left out: %s", ([cron, from, expected]) => {
    const daily = schedule(cron);
    expect(momentsIn(daily, at(from), epochMs(at(from) + 3 * 86_400_000)).map(shown)).toEqual(expected);
  });

  test.for([
    ["TZ=Europe/Berlin * * * * *", "2026-03-29T00:58:30", ["00:59:00", "01:00:00", "01:01:00"]],
    ["TZ=America/New_York * * * * *", "2026-03-08T06:58:30", ["06:59:00", "07:00:00", "07:01:00"]],
    ["TZ=Australia/Lord_Howe * * * * *", "2026-10-03T15:28:30", ["15:29:00", "15:30:00", "15:31:00"]],
  ] as const)("every minute that exists fires: %s", ([cron, from, expected]) => {
    const minutely = schedule(cron);
    expect(momentsIn(minutely, at(from), epochMs(at(from) + 180_000)).map((ms) => shown(ms)?.slice(11))).toEqual(expected);
  });
});

describe("when clocks go back", () => {
  test.for([
    ["TZ=Europe/Berlin 30 2 * * *", "2026-10-24T12:00:00", ["2026-10-25T00:30:00", "2026-10-26T01:30:00"]],
    ["TZ=America/New_York 30 1 * * *", "2026-10-31T12:00:00", ["2026-11-01T05:30:00", "2026-11-02T06:30:00"]],
    ["TZ=Australia/Lord_Howe 45 1 * * *", "2026-04-04T00:00:00", ["2026-04-04T14:45:00", "2026-04-05T15:15:00"]],
  ] as const)("a daily time that is shown twice fires once, the first time: %s", ([cron, from, expected]) => {
    const daily = schedule(cron);
    expect(momentsIn(daily, at(from), epochMs(at(from) + 2 * 86_400_000)).map(shown)).toEqual(expected);
  });

  test.for([
    ["TZ=Europe/Berlin * * * * *", "2026-10-25T00:58:30", "2026-10-25T02:00:30", ["00:59:00", "02:00:00"]],
    ["TZ=America/New_York * * * * *", "2026-11-01T05:58:30", "2026-11-01T07:00:30", ["05:59:00", "07:00:00"]],
    ["TZ=Australia/Lord_Howe * * * * *", "2026-04-04T14:58:30", "2026-04-04T15:30:30", ["14:59:00", "15:30:00"]],
  ] as const)("minutes that are shown a second time do not fire again: %s", ([cron, from, until, expected]) => {
    expect(momentsIn(schedule(cron), at(from), at(until)).map((ms) => shown(ms)?.slice(11))).toEqual(expected);
  });

  test("a schedule in UTC knows no changes", () => {
    expect(momentsIn(schedule("*/5 * * * *"), at("2026-10-25T00:00:00"), at("2026-10-25T03:00:00"))).toHaveLength(36);
  });
});

/** The three days around each change of the clocks. */
const changes = [
  ["Europe/Berlin", "2026-03-28T00:00:00"],
  ["Europe/Berlin", "2026-10-24T00:00:00"],
  ["America/New_York", "2026-03-07T00:00:00"],
  ["America/New_York", "2026-10-31T00:00:00"],
  ["Australia/Lord_Howe", "2026-10-02T12:00:00"],
  ["Australia/Lord_Howe", "2026-04-03T12:00:00"],
  ["UTC", "2026-02-27T00:00:00"],
] as const;
const windowMinutes = 3 * 24 * 60;

/** A field and the numbers that it stands for. */
function fieldOf(min: number, max: number): fc.Arbitrary<{ readonly text: string; readonly has: (value: number) => boolean }> {
  const value = fc.integer({ min, max });
  return fc.oneof(
    fc.constant({ text: "*", has: () => true }),
    fc
      .uniqueArray(value, { minLength: 1, maxLength: 4 })
      .map((values) => ({ text: values.join(","), has: (each: number) => values.includes(each) })),
    fc.tuple(value, value).map(([one, other]) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      return { text: `${low}-${high}`, has: (each: number) => each >= low && each <= high };
    }),
    fc
      .integer({ min: 1, max: Math.ceil((max - min) / 2) })
      .map((step) => ({ text: `*/${step}`, has: (each: number) => (each - min) % step === 0 })),
  );
}

const anyFields = fc.tuple(fieldOf(0, 59), fieldOf(0, 23), fieldOf(1, 31), fieldOf(1, 12), fieldOf(0, 6));

/** The moments of a window, found by looking at the clock on the wall every minute. */
function byWatching(fields: typeof anyFields extends fc.Arbitrary<infer Fields> ? Fields : never, zone: string, from: number): number[] {
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields;
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  const seen = new Set<string>();
  const moments: number[] = [];
  for (let each = from - 120 * 60_000; each <= from + windowMinutes * 60_000; each += 60_000) {
    const text = clock.format(each);
    if (seen.has(text)) continue;
    seen.add(text);
    const [day = 0, monthNumber = 0, year = 0, hours = 0, minutes = 0] = text.split(/\D+/).map(Number);
    const isDay = dayOfMonth.has(day);
    const isWeekday = dayOfWeek.has(new Date(Date.UTC(year, monthNumber - 1, day)).getUTCDay());
    const isRightDay = dayOfMonth.text === "*" || dayOfWeek.text === "*" ? isDay && isWeekday : isDay || isWeekday;
    if (each > from && minute.has(minutes) && hour.has(hours) && month.has(monthNumber) && isRightDay) moments.push(each);
  }
  return moments;
}

describe("any expression", () => {
  test("fires at the minutes that watching the clock finds, and at no others", () => {
    fc.assert(
      fc.property(anyFields, fc.constantFrom(...changes), (fields, [zone, day]) => {
        const one = schedule(`TZ=${zone} ${fields.map(({ text }) => text).join(" ")}`);
        const from = at(day);
        const watched = byWatching(fields, zone, from);
        expect(momentsIn(one, from, epochMs(from + windowMinutes * 60_000)).slice(0, 500)).toEqual(watched.slice(0, 500));
        const last = watched.at(-1);
        if (last !== undefined) expect(one.latestUntil(epochMs(from + windowMinutes * 60_000))).toBe(last);
      }),
      { numRuns: 150 },
    );
  });

  test("has moments after now, one after the other, and the same ones backwards", () => {
    const second = fieldOf(0, 59);
    const when = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 0, 1) });
    fc.assert(
      fc.property(second, anyFields, fc.constantFrom(...changes), when, (seconds, fields, [zone], from) => {
        const one = schedule(`TZ=${zone} ${seconds.text} ${fields.map(({ text }) => text).join(" ")}`);
        let before = epochMs(from);
        for (let count = 0; count < 10; count += 1) {
          const next = one.nextAfter(before);
          if (next === undefined) return; // No such day, as with the 30th of February.
          expect(next).toBeGreaterThan(before);
          expect(next % 1_000).toBe(0);
          expect(one.latestUntil(next)).toBe(next);
          if (count > 0) expect(one.latestUntil(epochMs(next - 1))).toBe(before);
          before = next;
        }
      }),
      { numRuns: 300 },
    );
  });

  test("means the same with its zone in front or beside it", () => {
    const cron = "TZ=Europe/Berlin 0 9 * * *";
    const apart = schedule(cronFieldsOf(cron), { timeZone: "Europe/Berlin" });
    expect(apart.nextAfter(at("2026-01-01T00:00:00"))).toBe(schedule(cron).nextAfter(at("2026-01-01T00:00:00")));
  });
});

describe("jitter", () => {
  test("is from a second to below its limit, and the same at every asking", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 300_000 }), fc.integer({ min: 0, max: 10 ** 6 }), (jitterMs, minute) => {
        const moment = epochMs(minute * 60_000);
        const fireAt = schedule("* * * * *", { jitterMs }).fireAt(moment);
        expect(fireAt - moment).toBeGreaterThanOrEqual(1_000);
        expect(fireAt - moment).toBeLessThan(Math.max(jitterMs, 1_001));
        expect(schedule("* * * * *", { jitterMs }).fireAt(moment)).toBe(fireAt);
      }),
    );
  });

  test("spreads the ticks of one function, and the functions of one tick", () => {
    const moments = Array.from({ length: 50 }, (_, index) => epochMs(index * 60_000));
    const one = schedule("* * * * *", { jitterMs: 60_000 });
    expect(new Set(moments.map((moment) => one.fireAt(moment) - moment)).size).toBeGreaterThan(45);
    const other = compileSchedule({ kind: "cron", cron: "* * * * *", jitterMs: 60_000, catchUp: "last", overlap: "allow" }, "app-g");
    expect(other.kind === "schedule" ? other.schedule.fireAt(moments[0] as EpochMs) : 0).not.toBe(one.fireAt(moments[0] as EpochMs));
  });

  test("is none where none is asked for", () => {
    expect(schedule("* * * * *").fireAt(at("2026-01-01T00:01:00"))).toBe(at("2026-01-01T00:01:00"));
  });
});
