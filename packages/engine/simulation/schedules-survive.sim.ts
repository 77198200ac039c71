// Goal: each moment of a schedule has its one run, or is accounted for, whatever dies when. Method: an hour of virtual time
// in which commits kill the process or fail, with breaks of up to a minute and a half; then a while without faults.

import { type EpochMs, epochMs } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { type Outcome, type ScheduledFunction, ScheduledWorld, scheduledFrom } from "./scheduled-world.ts";

const end = epochMs(scheduledFrom + 3_600_000);
const step = { kind: "step", id: "a", failures: 0 } as const;

const functions: readonly ScheduledFunction[] = [
  { slug: "sim-all", version: 2, program: [step], triggers: [{ cron: "*/20 * * * * *", catchUp: "all" }] },
  { slug: "sim-last", version: 2, program: [], triggers: [{ cron: "*/15 * * * * *" }, { cron: "0 * * * *" }] },
  { slug: "sim-none", version: 2, program: [], triggers: [{ cron: "* * * * *", catchUp: "none" }] },
  { slug: "sim-jitter", version: 2, program: [], triggers: [{ cron: "* * * * *", jitter: "50s", catchUp: "all" }] },
  {
    slug: "sim-skip",
    version: 2,
    program: [{ kind: "sleep", id: "nap", ms: 70_000 }],
    triggers: [{ cron: "*/30 * * * * *", overlap: "skip", catchUp: "all" }],
  },
];

async function liveThrough(seed: number, faultRate: number): Promise<{ readonly outcomes: readonly Outcome[]; readonly faults: number }> {
  const world = new ScheduledWorld(seed, scheduledFrom, functions);
  try {
    await world.liveUntil(scheduledFrom);
    world.faultRate = faultRate;
    await world.liveUntil(end);
    world.faultRate = 0;
    // To the last moment of the hour, its jitter, and the end of its runs.
    await world.liveUntil(epochMs(end + 59_000));
    return { outcomes: world.outcomes(), faults: world.faultCount };
  } finally {
    await world.close();
  }
}

function momentsOf(outcomes: readonly Outcome[], slug: string): readonly number[] {
  return outcomes.filter((each) => each.slug === slug && each.reason === undefined).map(({ scheduledAt }) => scheduledAt);
}

function every(seconds: number): readonly EpochMs[] {
  return Array.from({ length: 3_600 / seconds }, (_, index) => epochMs(scheduledFrom + (index + 1) * seconds * 1_000));
}

const ofHour = (moments: readonly number[]): readonly number[] => moments.filter((moment) => moment <= end);

describe("schedules under faults", () => {
  test.for([1, 2, 3, 4, 5, 6])("have one run for each moment, or a reason (seed %i)", async (seed) => {
    const { outcomes, faults } = await liveThrough(seed, 0.02);
    expect(faults).toBeGreaterThan(5);
    // Nothing early, nothing twice.
    for (const { at, fireAt, scheduledAt } of outcomes) expect([at >= fireAt, fireAt >= scheduledAt]).toEqual([true, true]);
    const started = outcomes
      .filter(({ reason }) => reason === undefined)
      .map(({ slug, cron, scheduledAt }) => `${slug} ${cron} ${scheduledAt}`);
    expect(new Set(started).size).toBe(started.length);
    // What catches up with everything misses nothing, and goes in order.
    expect(ofHour(momentsOf(outcomes, "sim-all"))).toEqual(every(20));
    expect(ofHour(momentsOf(outcomes, "sim-jitter"))).toEqual(every(60));
    // What catches up with the last, or not at all, says what it left out.
    for (const slug of ["sim-last", "sim-none"]) {
      const left = outcomes.filter((each) => each.slug === slug && each.reason !== undefined);
      expect(left.every(({ reason }) => reason === "missed")).toBe(true);
    }
    expect(momentsOf(outcomes, "sim-last")).toContain(end);
    // Runs of 70 seconds, a tick every 30: never two at once.
    const naps = outcomes.filter((each) => each.slug === "sim-skip" && each.reason === undefined);
    for (const [index, { at }] of naps.slice(1).entries()) expect(at - (naps[index]?.at ?? 0)).toBeGreaterThanOrEqual(70_000);
    expect(naps.length).toBeGreaterThan(20);
    // All but the last naps are over.
    expect(outcomes.filter(({ slug, status }) => slug !== "sim-skip" && status !== undefined && status !== 2)).toEqual([]);
  });

  test("without faults miss nothing", async () => {
    const { outcomes } = await liveThrough(7, 0);
    expect(outcomes.filter(({ reason }) => reason !== undefined && reason !== "overlap")).toEqual([]);
    expect(ofHour(momentsOf(outcomes, "sim-last"))).toHaveLength(241);
    expect(ofHour(momentsOf(outcomes, "sim-none"))).toEqual(every(60));
    for (const { at, fireAt } of outcomes) expect(at).toBe(fireAt);
  });
});
