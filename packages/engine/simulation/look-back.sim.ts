// Goal: a wait meets the first event of its name that matches among all that were accepted since its call was made, however
// many there are, and none from before. Method: a call that is held open in virtual time while events arrive.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Call } from "@stepwell/engine";
import { SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { type EventIdSeed, epochMs, hashStepId, limits, type Op, parseRegisterRequest, type Reply } from "@stepwell/protocol";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { describe, expect, test } from "vitest";

const id = hashStepId("w");

function waiting(condition: string, lookback?: string): Reply {
  const looks = lookback === undefined ? {} : { lookback };
  const op: Op = { id, name: "paid", kind: "WaitForEvent", event: "paid", timeout: "1h", expression: condition, race: false, ...looks };
  return { kind: "ops", ops: [op], version: 2, noRetry: false, sdk: "js:v4" };
}

/** One run whose first call is answered when it is told to be. */
async function startHeld(folder: string) {
  const clock = new VirtualClock();
  const store = await openSqliteStore({ file: join(folder, "l.db"), now: clock.now(), synchronous: "off", reader: "inline" });
  let answerFirst: (reply: Reply) => void = () => undefined;
  const first = new Promise<Reply>((resolve) => {
    answerFirst = resolve;
  });
  const call = ({ memos }: Call): Promise<Reply> => {
    const memo = memos.get(id);
    return memo === undefined ? first : Promise.resolve({ kind: "result", data: memo, sdk: "js:v4" });
  };
  const engine = buildEngine({ store, transport: { inProcess: false, call }, clock, random: new SeededRandom(1) });
  const settle = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = clock.endTurn() ? 0 : quiet + 1;
    }
  };
  let sent = 0;
  const send = async (name: string, numbers: readonly number[]): Promise<void> => {
    sent += 1;
    const seed: EventIdSeed = { senderNowAt: epochMs(clock.now()), entropy: new Uint8Array(10).fill(sent) };
    const sending = engine.sendEvents({ events: numbers.map((n) => ({ name, data: { n } })), seed });
    await settle();
    expect((await sending).kind).toBe("accepted");
  };
  await engine.start();
  const step = { id: "step", name: "step", runtime: { type: "http", url: "http://localhost:1/?fnId=f" } };
  const functions = [{ id: "f", name: "f", triggers: [{ event: "begin" }], steps: { step } }];
  const parsed = parseRegisterRequest(JSON.stringify({ appName: "app", url: "http://localhost:1/", sdk: "js:v4", functions }));
  if (parsed.kind !== "register") throw new Error(parsed.message);
  await engine.syncApp(parsed.request);
  await settle();
  return { engine, store, send, settle, answerFirst };
}

test.each([
  { rule: "the first of many that matches", condition: "async.data.n >= 40", met: 40 },
  { rule: "the one behind a page of others", condition: "async.data.n > 1000", met: 1_001 },
  { rule: "the last of several pages", condition: "async.data.n == 2100", met: 2_100 },
])("a wait meets $rule", async ({ condition, met }) => {
  expect(limits.lookbackEventsMax).toBe(1_000);
  const folder = mkdtempSync(join(tmpdir(), "stepwell-look-"));
  const world = await startHeld(folder);
  // Accepted before the call was made, this one does not count.
  await world.send("paid", [met]);
  await world.send("begin", [0]);
  await world.send(
    "paid",
    Array.from({ length: 2_100 }, (_, index) => index + 1),
  );
  world.answerFirst(waiting(condition));
  await world.settle();
  const [run] = (await world.engine.reports.listRuns({}, { limit: 1 })).rows;
  expect(run).toMatchObject({ status: "completed" });
  expect(JSON.parse(run?.output ?? "null")).toMatchObject({ name: "paid", data: { n: met } });
  expect(await world.store.waits.listUnlooked({ limit: 9 })).toEqual([]);
  await world.store.close();
  rmSync(folder, { recursive: true, force: true });
});

const some = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

describe("a lookback", () => {
  test.each([
    { how: "with as many events as it may have meets the oldest of them", count: 1_000, output: { data: { n: 1 } } },
    {
      how: "with one more is refused, although one of the newest would do",
      count: 1_001,
      output: { error: { code: "lookback_too_wide" } },
    },
  ])("$how", async ({ count, output }) => {
    const folder = mkdtempSync(join(tmpdir(), "stepwell-look-"));
    const world = await startHeld(folder);
    await world.send("paid", some(count));
    await world.send("begin", [0]);
    world.answerFirst(waiting(count > 1_000 ? "async.data.n > 900" : "async.data.n == 1", "1h"));
    await world.settle();
    const [run] = (await world.engine.reports.listRuns({}, { limit: 1 })).rows;
    expect(JSON.parse(run?.output ?? "null")).toMatchObject(output);
    expect(await world.store.waits.listUnlooked({ limit: 9 })).toEqual([]);
    await world.store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("to the start of the run is cut, and the run says so", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stepwell-look-"));
    const world = await startHeld(folder);
    await world.send("begin", [0]);
    await world.send("paid", some(1_001));
    world.answerFirst(waiting("async.data.n == 1", "run"));
    await world.settle();
    const [run] = (await world.engine.reports.listRuns({}, { limit: 1 })).rows;
    if (run === undefined) throw new Error("the run is there");
    expect(run.status).toBe("running");
    const { lines } = await world.engine.reports.runLogs(run.id, {}, { limit: 9, after: 0 });
    expect(lines).toMatchObject([{ level: "warn", text: expect.stringContaining("lookbackEventsMax") }]);
    await world.send("paid", [1]);
    expect((await world.engine.reports.listRuns({}, { limit: 1 })).rows).toMatchObject([{ status: "completed" }]);
    await world.store.close();
    rmSync(folder, { recursive: true, force: true });
  });
});
