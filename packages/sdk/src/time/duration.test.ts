import { expect, test } from "vitest";
import { durationMs, durationText, instantText, timeoutText } from "./duration.ts";
import { durationToMs } from "./duration-to-ms.ts";

test.each([
  [5, 5],
  ["250ms", 250],
  ["1s", 1_000],
  ["90", 90],
  ["1.5h", 5_400_000],
  ["2 days", 172_800_000],
  ["30 mins", 1_800_000],
  ["1 week", 604_800_000],
  ["1y", 31_557_600_000],
  ["1d12h30m", 131_400_000],
  ["-5s", -5_000],
  [" 10 Seconds ", 10_000],
])("%s is %i ms", (input, ms) => {
  expect(durationMs(input)).toBe(ms);
});

test.each(["", "soon", "5 apples", "1h 30m x", Number.NaN, Number.POSITIVE_INFINITY])("%s is none", (input) => {
  expect(durationMs(input)).toBeUndefined();
});

test("on the wire a duration keeps its milliseconds, and what is over is empty", () => {
  expect(durationText(5_400_250)).toBe("1h30m250ms");
  expect(durationText("0s")).toBe("");
  expect(durationText(-1)).toBe("");
  expect(durationText(0.2)).toBe("1ms");
});

test("instants come as dates, text and from Temporal, and a timeout is either", () => {
  const temporal = { [Symbol.toStringTag]: "Temporal.Instant", epochMilliseconds: 5 } as const;
  const length = { [Symbol.toStringTag]: "Temporal.Duration", total: () => 1_500 } as const;
  expect(instantText(temporal)).toBe("1970-01-01T00:00:00.005Z");
  expect(instantText("no date")).toBeUndefined();
  expect(timeoutText(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
  expect(timeoutText("2030-01-01")).toBe("2030-01-01T00:00:00.000Z");
  expect(timeoutText("2h")).toBe("2h");
  expect(timeoutText(temporal)).toBe("1970-01-01T00:00:00.005Z");
  expect(timeoutText(length)).toBe("1s500ms");
});

test("durationToMs refuses what is no whole number of milliseconds", () => {
  expect(durationToMs("1h30m")).toBe(5_400_000);
  for (const wrong of ["abc", -5, 0.5]) expect(() => durationToMs(wrong)).toThrow("positive, whole number");
});
