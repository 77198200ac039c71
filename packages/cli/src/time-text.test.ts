import { expect, test } from "vitest";
import { ago, took } from "./time-text.ts";

test.each([
  [0, "0ms"],
  [999, "999ms"],
  [4_231, "4.2s"],
  [59_990, "59.9s"],
  [60_000, "1m0s"],
  [3_599_999, "59m59s"],
  [7_260_000, "2h1m"],
  [90_000_000, "1d1h"],
  [null, "–"],
])("%s ms is said as %s", (ms, text) => {
  expect(took(ms)).toBe(text);
});

test.each([
  [12_000, "12s ago"],
  [125_000, "2m ago"],
  [7_200_000, "2h ago"],
  [200_000_000, "2d ago"],
  [-5_000, "0s ago"],
])("%s ms before now is said as %s", (before, text) => {
  const now = Date.UTC(2026, 0, 1);
  expect(ago(new Date(now - before).toISOString(), now)).toBe(text);
});
