import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type WallMs, wallClock } from "./wall-clock.ts";

const wall = (text: string): WallMs => Date.parse(`${text}Z`) as WallMs;
const instant = (text: string): number => Date.parse(`${text}Z`);

describe("a wall clock", () => {
  test.for([
    // Clocks go forward: 02:00 +01:00 becomes 03:00 +02:00, and so on.
    ["Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T00:59:59"],
    ["Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00"],
    ["America/New_York", "2026-03-08T03:00:00", "2026-03-08T07:00:00"],
    ["Australia/Lord_Howe", "2026-10-04T02:30:00", "2026-10-03T15:30:00"],
    // Clocks go back: what is shown twice is shown first by summer time.
    ["Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00"],
    ["Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00"],
    ["America/New_York", "2026-11-01T01:00:00", "2026-11-01T05:00:00"],
    ["Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00"],
    ["Asia/Kathmandu", "2026-01-01T00:00:00", "2025-12-31T18:15:00"],
    ["utc", "2026-01-01T00:00:00", "2026-01-01T00:00:00"],
  ] as const)("in %s shows %s first at %s UTC", ([zone, shown, at]) => {
    expect(wallClock(zone).showing(wall(shown))).toEqual({ kind: "shown", at: instant(at) });
  });

  test.for([
    ["Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T02:00:00", "2026-03-29T03:00:00"],
    ["America/New_York", "2026-03-08T02:00:00", "2026-03-08T02:00:00", "2026-03-08T03:00:00"],
    ["Australia/Lord_Howe", "2026-10-04T02:29:59", "2026-10-04T02:00:00", "2026-10-04T02:30:00"],
    ["Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T00:00:00", "2011-12-31T00:00:00"],
  ] as const)("in %s goes past %s: from %s to %s", ([zone, left, from, until]) => {
    expect(wallClock(zone).showing(wall(left))).toEqual({ kind: "skipped", from: wall(from), until: wall(until) });
  });

  test.for([
    ["2026-10-25T00:59:59.999", "2026-10-25T02:59:59.999"],
    ["2026-10-25T01:00:00", "2026-10-25T02:59:59.999"],
    ["2026-10-25T01:59:59.999", "2026-10-25T02:59:59.999"],
    ["2026-10-25T02:00:00", "2026-10-25T03:00:00"],
    ["2026-03-29T00:59:59.999", "2026-03-29T01:59:59.999"],
    ["2026-03-29T01:00:00", "2026-03-29T03:00:00"],
  ] as const)("in Berlin has shown at %s UTC nothing later than %s", ([at, latest]) => {
    expect(wallClock("Europe/Berlin").latestWall(instant(at))).toBe(wall(latest));
  });

  test("of any zone shows later what is later, and each instant has its wall time behind it", () => {
    const zone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
    const span = { min: Date.UTC(2024, 0, 1), max: Date.UTC(2032, 0, 1) };
    fc.assert(
      fc.property(zone, fc.integer(span), fc.integer({ min: 1, max: 7_200_000 }), (name, at, ahead) => {
        const clock = wallClock(name);
        const [one, other] = [clock.latestWall(at), clock.latestWall(at + ahead)];
        expect(other).toBeGreaterThanOrEqual(one);
        const shown = clock.showing(one);
        if (shown.kind === "shown") expect(shown.at).toBeLessThanOrEqual(at);
        const next = clock.showing((one + 1) as WallMs);
        if (next.kind === "shown") expect(next.at).toBeGreaterThan(at);
      }),
      { numRuns: 500 },
    );
  });
});
