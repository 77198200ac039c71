// Goal: history goes when its time is over and not before, and a run that nobody can call any more ends by a rule.
// Method: the engine in virtual time over the store that ships; days pass in milliseconds.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Call, type Engine, type EngineOptions, type Occurrence } from "@stepwell/engine";
import { SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { asJson, type EventIdSeed, epochMs, hashStepId, type Op, parseRegisterRequest, type Reply, type RunId } from "@stepwell/protocol";
import type { RunReport, Store } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { afterEach, describe, expect, test } from "vitest";

const day = 86_400_000;
const rules = { runsMs: 30 * day, failedMs: 90 * day, eventsMs: 14 * day, tracesMs: 14 * day };

/** Apps of three functions: one that ends at once, one that fails, one that waits for an event for a year. */
class RetentionWorld {
  readonly clock = new VirtualClock();
  readonly seen: Occurrence[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "stepwell-retention-"));
  readonly #options: Partial<EngineOptions>;
  #store: Store | undefined;
  #engine: Engine | undefined;
  #sent = 0;

  constructor(options: Partial<EngineOptions>) {
    this.#options = options;
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error("not started");
    return this.#engine;
  }

  async start(): Promise<void> {
    const { clock } = this;
    const store = await openSqliteStore({ file: join(this.#folder, "r.db"), now: clock.now(), synchronous: "off", reader: "inline" });
    this.#store = store;
    const transport = { inProcess: false, call: (call: Call) => Promise.resolve(answer(call)) };
    const observer = { emit: (event: Occurrence) => void this.seen.push(event) };
    this.#engine = buildEngine({ store, transport, clock, random: new SeededRandom(7), observer, options: this.#options });
    await this.#engine.start();
    await this.#settle();
  }

  async restart(): Promise<void> {
    const stopped = this.engine.stop({ graceMs: 0 });
    await this.#settle();
    await stopped;
    await this.#store?.close();
    await this.start();
  }

  async close(): Promise<void> {
    await this.#store?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async sync(slugs: readonly string[]): Promise<void> {
    const functions = slugs.map((slug) => ({
      id: slug,
      name: slug,
      triggers: [{ event: slug }],
      steps: {
        step: { id: "step", name: "step", runtime: { type: "http", url: `http://localhost:1/?fnId=${slug}` }, retries: { attempts: 1 } },
      },
    }));
    const parsed = parseRegisterRequest(JSON.stringify({ appName: "app", url: "http://localhost:1/", sdk: "js:v4", functions }));
    if (parsed.kind !== "register") throw new Error(parsed.message);
    const outcome = await this.engine.syncApp(parsed.request);
    expect(outcome.kind).toBe("synced");
    await this.#settle();
  }

  /** The run that the event starts. */
  async send(name: string): Promise<RunId> {
    this.#sent += 1;
    const entropy = new Uint8Array(10).fill(this.#sent);
    const seed: EventIdSeed = { senderNowAt: epochMs(this.clock.now()), entropy };
    const sent = this.engine.sendEvents({ events: [{ name, data: {} }], seed });
    await this.#settle();
    const result = await sent;
    await this.#settle();
    if (result.kind !== "accepted") throw new Error("not accepted");
    const runs = await this.engine.reports.listRuns({}, { limit: 1 });
    return runs.rows[0]?.id ?? ("" as RunId);
  }

  async passDays(days: number): Promise<void> {
    const until = this.clock.now() + days * day;
    for (let next = this.clock.nextAt; next !== undefined && next <= until; next = this.clock.nextAt) {
      this.clock.moveTo(next);
      await this.#settle();
    }
    this.clock.moveTo(epochMs(until));
    await this.#settle();
  }

  run(id: RunId): Promise<RunReport | undefined> {
    return this.engine.reports.getRun(id);
  }

  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.clock.endTurn() ? 0 : quiet + 1;
    }
  }
}

function answer({ target, memos }: Call): Reply {
  const sdk = "js:v4";
  const id = hashStepId("w");
  if (target.slug.endsWith("fails"))
    return { kind: "error", code: "function_error", error: { name: "Error", message: "no" }, noRetry: true };
  if (!target.slug.endsWith("waits") || memos.has(id)) return { kind: "result", data: asJson("done"), sdk };
  const op: Op = { id, name: "paid", kind: "WaitForEvent", event: "paid", timeout: "365d", race: false };
  return { kind: "ops", ops: [op], version: 2, noRetry: false, sdk };
}

const worlds: RetentionWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function startWorld(retention: Partial<EngineOptions["retention"]> = rules): Promise<RetentionWorld> {
  const world = new RetentionWorld({ retention });
  worlds.push(world);
  await world.start();
  await world.sync(["ends", "fails", "waits"]);
  return world;
}

describe("retention", () => {
  test("each kind of history stays its time, over restarts, and what is alive stays whole", async () => {
    const world = await startWorld();
    const { reports } = world.engine;
    const [ended, failed, waiting] = [await world.send("ends"), await world.send("fails"), await world.send("waits")];
    await world.send("nobody");
    expect(await reports.size()).toMatchObject({ runs: 3, events: 4 });
    await world.passDays(13);
    expect(await world.engine.reports.size()).toMatchObject({ runs: 3, events: 4 });
    expect(await world.engine.reports.runAttempts(failed)).toHaveLength(1);
    await world.restart();
    await world.passDays(2);
    // An event that started nothing has gone, and what the failed call left; events of stored runs have not.
    expect(await world.engine.reports.size()).toMatchObject({ runs: 3, events: 3 });
    expect(await world.engine.reports.runAttempts(failed)).toEqual([]);
    await world.passDays(16);
    expect([await world.run(ended), (await world.run(failed))?.status]).toEqual([undefined, "failed"]);
    await world.restart();
    await world.passDays(60);
    expect(await world.run(failed)).toBeUndefined();
    expect((await world.run(waiting))?.status).toBe("running");
    expect(await world.engine.reports.runEvents(waiting)).toHaveLength(1);
    expect(world.seen.filter(({ kind }) => kind === "retention.finished").length).toBeGreaterThanOrEqual(3);
    expect(world.seen.filter(({ kind }) => kind === "store.failed")).toEqual([]);
  });

  test("a rule that is left out keeps its history for ever", async () => {
    const world = await startWorld({ runsMs: 2 * day });
    const [ended, failed] = [await world.send("ends"), await world.send("fails")];
    await world.passDays(200);
    expect([await world.run(ended), (await world.run(failed))?.status]).toEqual([undefined, "failed"]);
    expect(await world.engine.reports.size()).toMatchObject({ events: 2 });
  });

  test("nothing goes within a day, whatever the rule", async () => {
    const world = await startWorld({ runsMs: 60_000, failedMs: 60_000, eventsMs: 60_000 });
    await world.send("ends");
    await world.passDays(0.9);
    expect(await world.engine.reports.size()).toMatchObject({ runs: 1, events: 1 });
    await world.passDays(1.2);
    expect(await world.engine.reports.size()).toMatchObject({ runs: 0, events: 0 });
  });

  test("a run whose function is gone says so, and ends as long after as a failed run stays", async () => {
    const world = await startWorld();
    const waiting = await world.send("waits");
    await world.passDays(5);
    await world.sync(["ends"]);
    const goneAt = world.clock.now();
    await world.passDays(89);
    const run = await world.run(waiting);
    if (run === undefined) throw new Error("the run is gone");
    expect(world.engine.phaseOf(run)).toMatchObject({ status: "waiting", reason: { code: "function_gone", until: goneAt + 90 * day } });
    await world.restart();
    await world.passDays(2);
    expect(await world.run(waiting)).toMatchObject({ status: "cancelled", cancelReason: "function_gone" });
    await world.passDays(31);
    expect(await world.run(waiting)).toBeUndefined();
  });

  test("a function that comes back in time keeps its runs", async () => {
    const world = await startWorld();
    const waiting = await world.send("waits");
    await world.sync(["ends"]);
    await world.passDays(80);
    await world.sync(["ends", "waits"]);
    await world.passDays(30);
    expect((await world.run(waiting))?.status).toBe("running");
    await world.send("paid");
    await world.passDays(0.1);
    expect((await world.engine.reports.runSteps(waiting))[0]).toMatchObject({ state: "completed" });
  });
});
