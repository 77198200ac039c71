// Goal: a schedule fires once at each of its moments, whatever syncs and restarts come between, and says what it leaves out.
// Method: the keeper in virtual time over the store that ships.

import { type EpochMs, epochMs } from "@stepwell/protocol";
import { afterEach, describe, expect, test } from "vitest";
import { ScheduleBench, type Schedules } from "./schedule-bench.ts";

const at = (text: string): EpochMs => epochMs(Date.parse(`2026-01-01T${text}Z`));

const benches: ScheduleBench[] = [];
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
});

async function started(schedules: Schedules): Promise<ScheduleBench> {
  const bench = new ScheduleBench(at("10:00:00"));
  benches.push(bench);
  await bench.start();
  await bench.sync(schedules);
  return bench;
}

describe("a schedule", () => {
  test("starts a run at each of its moments, and at no other time", async () => {
    const bench = await started({ "app-f": [{ cron: "*/10 * * * *" }], "app-g": [{ cron: "*/20 * * * * *" }] });
    await bench.liveUntil(at("10:00:59"));
    expect(await bench.ticks()).toEqual(["app-g 10:00:20", "app-g 10:00:40"]);
    await bench.liveUntil(at("10:10:00"));
    expect((await bench.ticks()).filter((tick) => tick.startsWith("app-f"))).toEqual(["app-f 10:10:00"]);
    for (const { queuedAt, id } of await bench.runs()) {
      const [event] = await bench.store.reports.runEvents(id);
      expect(event).toMatchObject({ name: "inngest/scheduled.timer", ts: queuedAt });
      expect(queuedAt).toBe(Date.parse(event?.externalId ?? ""));
    }
  });

  test("starts two runs where two of its expressions meet, and its function's alone", async () => {
    const bench = await started({ "app-f": [{ cron: "0 * * * *" }, { cron: "*/30 * * * *" }], "app-g": [{ cron: "15 3 * * *" }] });
    await bench.liveUntil(at("11:00:00"));
    expect(await bench.ticks()).toEqual(["app-f 10:30:00", "app-f 11:00:00", "app-f 11:00:00"]);
  });

  test("fires later by its jitter and keeps its moment", async () => {
    const bench = await started({ "app-f": [{ cron: "*/5 * * * *", jitterMs: 60_000 }] });
    await bench.liveUntil(at("11:00:30"));
    const runs = await bench.runs();
    const late = await Promise.all(
      runs.map(async ({ id, queuedAt }) => queuedAt - Date.parse((await bench.store.reports.runEvents(id))[0]?.externalId ?? "")),
    );
    expect(late.length).toBeGreaterThanOrEqual(11);
    for (const ms of late) expect([ms >= 1_000, ms < 60_000]).toEqual([true, true]);
    expect(new Set(late).size).toBeGreaterThan(8);
  });

  test("that names no moment has no timer", async () => {
    const bench = await started({ "app-f": [{ cron: "0 0 30 2 *" }] });
    expect(await bench.timers()).toEqual([]);
  });
});

describe("a sync", () => {
  test("adds, takes away and changes schedules at once", async () => {
    const bench = await started({ "app-f": [{ cron: "*/10 * * * *" }, { cron: "*/15 * * * *" }] });
    await bench.liveUntil(at("10:12:00"));
    await bench.sync({ "app-f": [{ cron: "*/15 * * * *" }], "app-g": [{ cron: "*/2 * * * *" }] });
    expect(await bench.timers()).toHaveLength(2);
    await bench.liveUntil(at("10:16:00"));
    expect(await bench.ticks()).toEqual(["app-f 10:10:00", "app-g 10:14:00", "app-f 10:15:00", "app-g 10:16:00"]);
    await bench.sync({});
    await bench.liveUntil(at("12:00:00"));
    expect([await bench.timers(), (await bench.ticks()).length]).toEqual([[], 4]);
  });

  test("leaves what has not changed in its place, however it is spaced, and whatever else comes and goes", async () => {
    const bench = await started({ "app-f": [{ cron: "*/10 * * * *" }] });
    await bench.liveUntil(at("10:10:00"));
    const before = await bench.timers();
    await bench.sync({ "app-f": [{ cron: " */10  * * * *", overlap: "skip" }, { cron: "0 0 * * *" }] });
    expect((await bench.timers()).find(({ subject }) => subject === before[0]?.subject)).toEqual(before[0]);
    await bench.sync({ "app-f": [{ cron: "*/10 * * * *" }] });
    expect(await bench.timers()).toEqual(before);
  });

  test("that takes away jitter fires the moment that it kept back", async () => {
    const bench = await started({ "app-f": [{ cron: "0 * * * *", jitterMs: 300_000 }] });
    bench.clock.moveTo(at("11:00:00.500"));
    await bench.fireDue();
    expect(await bench.ticks()).toEqual([]);
    await bench.sync({ "app-f": [{ cron: "0 * * * *" }] });
    await bench.fireDue();
    expect(await bench.ticks()).toEqual(["app-f 11:00:00"]);
    await bench.sync({ "app-f": [{ cron: "0 * * * *", jitterMs: 300_000 }] });
    await bench.liveUntil(at("11:30:00"));
    expect(await bench.ticks()).toEqual(["app-f 11:00:00"]);
  });

  test("that brings an expression back begins anew: what came meanwhile was not missed", async () => {
    const bench = await started({ "app-f": [{ cron: "*/10 * * * *", catchUp: "all" }] });
    await bench.sync({ "app-f": [] });
    await bench.liveUntil(at("11:05:00"));
    await bench.sync({ "app-f": [{ cron: "*/10 * * * *", catchUp: "all" }] });
    await bench.liveUntil(at("11:10:00"));
    expect(await bench.ticks()).toEqual(["app-f 11:10:00"]);
  });

  test("whose timers could not be written is made up for by the next, though nothing has changed", async () => {
    const bench = await started({ "app-f": [] });
    const { timers } = bench.store;
    const list = timers.list.bind(timers);
    timers.list = () => Promise.reject(new Error("the disk is full"));
    await expect(bench.sync({ "app-f": [{ cron: "* * * * *" }] })).rejects.toThrow("the disk is full");
    timers.list = list;
    await bench.settled(bench.keeper.align({ isChanged: false }));
    expect(await bench.timers()).toHaveLength(1);
  });
});

describe("a restart", () => {
  test("at any moment fires each tick once", async () => {
    const bench = await started({ "app-f": [{ cron: "* * * * *" }] });
    for (const time of ["10:00:59.999", "10:01:00", "10:01:00.001", "10:02:00", "10:02:30", "10:03:00.500"]) {
      bench.clock.moveTo(at(time));
      await bench.start();
      await bench.fireDue();
      await bench.start();
      await bench.fireDue();
    }
    expect(await bench.ticks()).toEqual(["app-f 10:01:00", "app-f 10:02:00", "app-f 10:03:00"]);
  });

  test.for([
    ["none", [], ['missed: the ticks from 10:10:00 to 11:00:00 came too late, e.g. because no server ran; catchUp is "none"']],
    ["last", ["11:00:00"], ['missed: the ticks from 10:10:00 to 10:50:00 came too late, e.g. because no server ran; catchUp is "last"']],
    ["all", ["10:10:00", "10:20:00", "10:30:00", "10:40:00", "10:50:00", "11:00:00"], []],
  ] as const)(
    "after an hour makes up for what was missed, with catchUp %j, and says what it does not",
    async ([catchUp, moments, reasons]) => {
      const bench = await started({ "app-f": [{ cron: "*/10 * * * *", catchUp }] });
      bench.clock.moveTo(at("11:05:00"));
      await bench.start();
      await bench.liveUntil(at("11:10:00"));
      expect(await bench.ticks()).toEqual([...moments, "11:10:00"].map((moment) => `app-f ${moment}`));
      expect((await bench.reasons()).map((reason) => reason.replaceAll(/2026-01-01T|Z/g, ""))).toEqual(reasons);
    },
  );

  test("of a process that fires what another has fired already starts nothing twice", async () => {
    const bench = await started({ "app-f": [{ cron: "* * * * *" }] });
    bench.clock.moveTo(at("10:01:00"));
    const [timer] = (await bench.store.timers.due({ now: bench.clock.now(), limit: 1 })).timers;
    if (timer === undefined) throw new Error("the timer is due");
    await bench.settled(Promise.all([bench.keeper.fire(timer), bench.keeper.fire(timer)]));
    await bench.settled(bench.keeper.fire(timer));
    expect(await bench.ticks()).toEqual(["app-f 10:01:00"]);
    expect(await bench.reasons()).toEqual([]);
  });

  test("does not fire what was taken away while it was due", async () => {
    const bench = await started({ "app-f": [{ cron: "* * * * *" }] });
    bench.clock.moveTo(at("10:01:00"));
    const [timer] = (await bench.store.timers.due({ now: bench.clock.now(), limit: 1 })).timers;
    if (timer === undefined) throw new Error("the timer is due");
    await bench.sync({ "app-f": [] });
    await bench.settled(bench.keeper.fire(timer));
    expect([await bench.ticks(), await bench.timers()]).toEqual([[], []]);
  });
});

describe("with overlap skip", () => {
  test("a tick waits for nobody: it starts nothing while the last run is alive, and says which", async () => {
    const bench = await started({ "app-f": [{ cron: "* * * * *", overlap: "skip" }] });
    await bench.liveUntil(at("10:03:00"));
    const [run] = await bench.runs();
    if (run === undefined) throw new Error("the first tick starts a run");
    const reason = (time: string): string =>
      `overlap: the tick of 2026-01-01T${time}Z came while run ${run.id} was alive; overlap is "skip"`;
    expect(await bench.reasons()).toEqual([reason("10:02:00"), reason("10:03:00")]);
    await bench.start();
    await bench.liveUntil(at("10:04:00"));
    expect((await bench.reasons()).at(-1)).toEqual(reason("10:04:00"));
    await bench.endRun(run.id);
    await bench.liveUntil(at("10:05:00"));
    expect(await bench.ticks()).toEqual(["app-f 10:01:00", "app-f 10:05:00"]);
  });

  test("ticks that are made up for do not overlap either", async () => {
    const bench = await started({ "app-f": [{ cron: "*/10 * * * *", overlap: "skip", catchUp: "all" }] });
    bench.clock.moveTo(at("10:35:00"));
    await bench.start();
    await bench.fireDue();
    expect(await bench.ticks()).toEqual(["app-f 10:30:00"]);
    expect(await bench.reasons()).toEqual([
      'overlap: the ticks from 2026-01-01T10:10:00Z to 2026-01-01T10:20:00Z would overlap with the later one that starts; overlap is "skip"',
    ]);
  });
});
