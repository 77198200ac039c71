// A tick that is missed while no server runs, told by the engine that ships to whoever looks for it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Occurrence } from "@stepwell/engine";
import { SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { parseRegisterRequest } from "@stepwell/protocol";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { expect, onTestFinished, test } from "vitest";

const hour = 3_600_000;

test("the engine tells of ticks that came too late, after their commit, and of no others", async () => {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-missed-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new VirtualClock(Date.UTC(2026, 0, 1, 0, 30));
  const occurrences: Occurrence[] = [];
  /** One process: what is done in it, and its end. */
  const process = async (work: (engine: ReturnType<typeof buildEngine>) => Promise<void>): Promise<void> => {
    const store = await openSqliteStore({ file: join(folder, "m.db"), now: clock.now(), synchronous: "off", reader: "inline" });
    const transport = { inProcess: false, call: () => new Promise<never>(() => undefined) };
    const observer = { emit: (occurrence: Occurrence) => void occurrences.push(occurrence) };
    const engine = buildEngine({ store, transport, clock, observer, random: new SeededRandom(1) });
    await settled(clock, engine.start());
    await work(engine);
    await settled(clock, engine.stop({ graceMs: 0 }));
    await store.close();
  };
  const steps = { step: { id: "step", name: "step", runtime: { type: "http", url: "http://localhost:1/?fnId=shop-hourly&stepId=step" } } };
  const functions = [{ id: "shop-hourly", name: "hourly", triggers: [{ cron: "0 * * * *", catchUp: "none" }], steps }];
  const parsed = parseRegisterRequest(JSON.stringify({ appName: "shop", url: "http://localhost:1/", sdk: "js:v4.0.0", functions }));
  if (parsed.kind !== "register") throw new Error("the registration is refused");
  await process(async (engine) => {
    expect(await settled(clock, engine.syncApp(parsed.request))).toMatchObject({ kind: "synced" });
  });
  clock.moveTo(clock.now() + 3 * hour);
  await process(async () => {
    while (!occurrences.some(({ kind }) => kind === "schedule.skipped")) await turn(clock);
  });
  expect(occurrences.filter(({ kind }) => kind === "schedule.skipped")).toEqual([
    {
      kind: "schedule.skipped",
      at: clock.now(),
      slug: "shop-hourly",
      cron: "0 * * * *",
      reason: "missed",
      detail: expect.stringMatching(/^the ticks from 2026-01-01T01:00:00.*03:00:00.* came too late/),
    },
  ]);
});

async function settled<Result>(clock: VirtualClock, work: Promise<Result>): Promise<Result> {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  while (!isOver) await turn(clock);
  return over;
}

/** The end of a turn of the event loop, and what is due by now. */
async function turn(clock: VirtualClock): Promise<void> {
  clock.endTurn();
  clock.moveTo(clock.now());
  await new Promise((resolve) => setImmediate(resolve));
}
