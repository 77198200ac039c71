import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cronFieldsOf, limits, parseFunctionConfig, scheduleKey } from "./index.ts";

/** Reads a function with these triggers: what is read of them, or what is wrong with which. */
function readTriggers(...triggers: readonly unknown[]): unknown {
  const steps = { step: { runtime: { type: "http", url: "http://localhost:1/" } } };
  const parsed = parseFunctionConfig({ id: "app-f", name: "f", triggers, steps });
  return parsed.kind === "function" ? parsed.config.triggers : parsed.problems.map(({ option, code }) => `${option} ${code}`);
}

describe("a schedule", () => {
  test.for([
    ["0 9 * * 1-5", {}],
    ["*/15 * * * * *", {}],
    ["TZ=Europe/Paris 0 9 * * 1-5", { timeZone: "Europe/Paris" }],
    ["CRON_TZ=America/New_York 5/15 9,17 ? JAN-MAR MON#2", { timeZone: "America/New_York" }],
    ["0 0 L * *", {}],
  ] as const)("may be %j; it keeps its text, catches up with the last tick and lets runs overlap", ([cron, more]) => {
    expect(readTriggers({ cron })).toEqual([{ kind: "cron", cron, catchUp: "last", overlap: "allow", ...more }]);
  });

  test("carries jitter and policies, in the case in which SDKs write them", () => {
    expect(readTriggers({ cron: " * * * * * ", jitter: "30s", catchUp: "all", overlap: "skip" })).toEqual([
      { kind: "cron", cron: "* * * * *", jitterMs: 30_000, catchUp: "all", overlap: "skip" },
    ]);
    expect(readTriggers({ cron: "* * * * *", jitter: null, catch_up: "none" })).toMatchObject([{ catchUp: "none" }]);
  });

  test.for([
    ["* * * *", "schedule_invalid"],
    ["* * * * * * *", "schedule_invalid"],
    ["every monday", "schedule_invalid"],
    ["2026-01-01T00:00:00", "schedule_invalid"],
    ["/5 * * * *", "schedule_invalid"],
    ["1-2-3 * * * *", "schedule_invalid"],
    ["* * * * +MON", "schedule_invalid"],
    ["TZ=Europe/Paris", "schedule_invalid"],
    [" ", "schedule_invalid"],
    ["@daily", "schedule_descriptor_unsupported"],
    ["TZ=Europe/Paris @every 5m", "schedule_descriptor_unsupported"],
    ["TZ=Mars/Olympus 0 9 * * *", "schedule_zone_unknown"],
    ["TZ= 0 9 * * *", "schedule_zone_unknown"],
    ["CRON_TZ=nowhere 0 9 * * *", "schedule_zone_unknown"],
  ] as const)("is not %j: %s", ([cron, code]) => {
    expect(readTriggers({ cron })).toEqual([`triggers[0].cron ${code}`]);
  });

  test("may have as many characters as the limit, and not one more", () => {
    const minutes = `0${",0".repeat(limits.cronLengthMax)}`;
    const atLimit = `${minutes.slice(0, limits.cronLengthMax - 8)} * * * *`;
    expect(atLimit).toHaveLength(limits.cronLengthMax);
    expect(readTriggers({ cron: atLimit })).toMatchObject([{ cron: atLimit }]);
    expect(readTriggers({ cron: `0${atLimit}` })).toEqual(["triggers[0].cron schedule_too_long"]);
  });

  test.for(["1s", "5m", "90s", "1500ms"])("may have a jitter of %j", (jitter) => {
    expect(readTriggers({ cron: "* * * * *", jitter })).toMatchObject([{ cron: "* * * * *" }]);
  });

  test.for(["999ms", "5m1s", "soon", "-2s", "", 30_000, "0s"])("may not have a jitter of %j", (jitter) => {
    expect(readTriggers({ cron: "* * * * *", jitter })).toEqual(["triggers[0].jitter jitter_invalid"]);
  });

  test("names every policy that is none", () => {
    expect(readTriggers({ cron: "* * * * *", catchUp: "some", overlap: true })).toEqual([
      "triggers[0].catchUp catch_up_invalid",
      "triggers[0].overlap overlap_invalid",
    ]);
  });

  test("stands once in a function, however it is spaced and whatever stands beside it", () => {
    expect(readTriggers({ cron: "0 9 * * mon" }, { cron: "TZ=utc 0  9 * * MON", jitter: "5s", overlap: "skip" })).toEqual([
      "triggers[1] schedule_duplicate",
    ]);
    expect(readTriggers({ cron: "TZ=Europe/Paris 0 9 * * *" }, { cron: "CRON_TZ=Europe/Paris 0 9 * * *" })).toEqual([
      "triggers[1] schedule_duplicate",
    ]);
    expect(readTriggers({ cron: "0 9 * * *" }, { cron: "TZ=Europe/Paris 0 9 * * *" }, { event: "a/b" })).toHaveLength(3);
  });

  test("has a key that its zone and its fields make, and nothing else", () => {
    expect(scheduleKey({ cron: "0  9 * * MON" })).toBe("TZ=utc 0 9 * * mon");
    expect(scheduleKey({ cron: "TZ=Europe/Paris 0 9 * * *", timeZone: "Europe/Paris" })).toBe("TZ=europe/paris 0 9 * * *");
    expect(cronFieldsOf("TZ=Europe/Paris  0 9 * *  *")).toBe("0 9 * * *");
  });

  test("of any text is read or refused, and never throws", () => {
    const cron = fc.oneof(fc.string({ maxLength: 300 }), fc.stringMatching(/^(TZ=[A-Z/]{0,9} )?[-0-9*,/# L?]{0,40}$/));
    fc.assert(fc.property(cron, fc.jsonValue(), (text, other) => void readTriggers({ cron: text, jitter: other, catchUp: other })));
  });
});
