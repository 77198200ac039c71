// Runs that failed: how they are grouped, and how many of them are repeated, with a process that dies in the middle.
// Method: the shipped engine and store in virtual time; the app is a function of the test.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Call, type Engine } from "@stepwell/engine";
import { SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { asJson, epochMs, hashStepId, limits, type Op, parseRegisterRequest, type Reply } from "@stepwell/protocol";
import type { FailureGroupReport, RunFilter, RunReport, Store, Unit } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { describe, expect, test } from "vitest";

const about = asJson({});

class World implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly #folder = mkdtempSync(join(tmpdir(), "stepwell-redrive-"));
  #store: Store | undefined;
  #isDead = false;
  engine!: Engine;
  /** Called before each batch; the process dies with the batch when it says so. */
  dies: (units: readonly Unit[]) => boolean = () => false;
  /** The app as it is deployed: with its mistake, or without. */
  isMended = false;
  /** How often the first step ran. */
  loads = 0;

  async open(): Promise<void> {
    await this.#store?.close();
    this.clock.clear();
    this.#isDead = false;
    const file = join(this.#folder, "redrive.db");
    const store = await openSqliteStore({ file, now: this.clock.now(), synchronous: "off", reader: "inline" });
    const commit = store.commit.bind(store);
    store.commit = (units, params) => {
      if (!this.#isDead && this.dies(units)) this.#isDead = true;
      return this.#isDead ? new Promise<never>(() => undefined) : commit(units, params);
    };
    this.#store = store;
    const transport = { inProcess: false, call: async (call: Call) => this.#answer(call) };
    this.engine = buildEngine({ store, transport, clock: this.clock, random: new SeededRandom(7) });
    await this.done(this.engine.start());
    await this.done(this.engine.syncApp(registration()));
  }

  /** A step that loads, a step that fails until the app is mended, and the end. */
  #answer({ memos, events }: Call): Reply {
    const { n } = JSON.parse(events[0]?.data ?? "{}") as { readonly n: number };
    const ops = (op: Op): Reply => ({ kind: "ops", ops: [op], version: 2, noRetry: false, sdk: "js:v4" });
    if (!memos.has(hashStepId("load"))) {
      this.loads += 1;
      return ops({ kind: "StepRun", id: hashStepId("load"), name: "load", race: false, data: asJson(n) });
    }
    const charged = memos.get(hashStepId("charge"));
    const message = `no answer for order ${n} in ${250 + n} ms`;
    if (charged === undefined) {
      if (this.isMended) return ops({ kind: "StepRun", id: hashStepId("charge"), name: "charge", race: false, data: asJson("paid") });
      const told = { name: "CardTimeout", message, stack: `CardTimeout: ${message}\n    at charge (/app/billing.ts:${n}:1)` };
      const error = { ...told, json: asJson({ ...told, data: null }) };
      return ops({ kind: "StepFailed", id: hashStepId("charge"), name: "charge", race: false, error });
    }
    if (charged.includes("error")) return { kind: "error", code: "function_error", error: { name: "StepError", message }, noRetry: true };
    return { kind: "result", data: asJson({ n }), sdk: "js:v4" };
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Turns until nothing more happens at this moment. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.clock.endTurn() ? 0 : quiet + 1;
    }
  }

  async done<Result>(promise: Promise<Result>): Promise<Result> {
    promise.catch(() => undefined);
    await this.settle();
    return promise;
  }

  /** Goes on for a while, or until the process dies. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    for (let next = this.clock.nextAt; next !== undefined && next <= until && !this.#isDead; next = this.clock.nextAt) {
      this.clock.moveTo(next);
      await this.settle();
    }
    if (!this.#isDead && this.clock.now() < until) this.clock.moveTo(epochMs(until));
  }

  /** Until every operation is over and every run has ended, or the process is dead. */
  async finish(): Promise<void> {
    for (let rounds = 0; rounds < 100 && !this.#isDead; rounds += 1) {
      await this.pass(1_000);
      const operations = await this.engine.bulkRedrives.list();
      const alive = await this.engine.reports.countRuns({ statuses: ["queued", "running"] }, 1);
      if (alive.count === 0 && operations.every(({ status }) => status !== "running")) return;
    }
  }

  async send(count: number): Promise<void> {
    await this.done(this.engine.sendEvents({ events: Array.from({ length: count }, (_, n) => ({ name: "order", data: { n } })) }));
    await this.finish();
  }

  async runs(filter: RunFilter = {}): Promise<readonly RunReport[]> {
    const runs: RunReport[] = [];
    for (let before: RunReport["seq"] | undefined; ; before = runs.at(-1)?.seq) {
      const page = await this.engine.reports.listRuns(filter, { limit: 200, ...(before === undefined ? {} : { before }) });
      runs.push(...page.rows);
      if (!page.hasOlder) return runs;
    }
  }

  async groups(): Promise<readonly FailureGroupReport[]> {
    return (await this.engine.reports.listFailures({}, { limit: 50 })).rows;
  }

  async redrive(
    parts: { readonly ratePerSecond?: number; readonly mode?: "rerun" | "resume"; readonly expression?: string } = {},
  ): Promise<string> {
    const { expression, ratePerSecond = 10_000, mode = "resume" } = parts;
    const filter = { runs: {}, ...(expression === undefined ? {} : { expression }) };
    const created = await this.done(this.engine.bulkRedrives.create({ filter, mode, ratePerSecond, about }));
    if (created.kind !== "created") throw new Error(created.kind);
    return created.bulkRedrive.id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function registration(): Parameters<Engine["syncApp"]>[0] {
  const step = {
    id: "step",
    name: "step",
    runtime: { type: "http", url: "http://localhost:1/?fnId=shop-order" },
    retries: { attempts: 0 },
  };
  const functions = [{ id: "shop-order", name: "order", triggers: [{ event: "order" }], steps: { step } }];
  const parsed = parseRegisterRequest(JSON.stringify({ appName: "shop", url: "http://localhost:1/", sdk: "js:v4", functions }));
  if (parsed.kind !== "register") throw new Error(parsed.message);
  return parsed.request;
}

const many = limits.bulkRedriveSliceRunsMax * 2 + 50;
const movesOn = (units: readonly Unit[]): boolean =>
  units.some((unit) => unit.kind === "set_timer" && unit.timer === "bulk_redrive" && unit.expected !== undefined);

describe("runs that failed", () => {
  test("are one group, however their messages differ in numbers", async () => {
    await using world = new World();
    await world.open();
    await world.send(100);
    expect(await world.groups()).toMatchObject([
      {
        ...{ state: "open", count: 100, kept: 100, redriven: 0, functionSlug: "shop-order" },
        ...{ name: "CardTimeout", template: "no answer for order ‹n› in ‹n› ms", stepName: "charge", frame: "charge (app/billing.ts)" },
      },
    ]);
  });

  test("are told from each other after a restart as before it", async () => {
    await using world = new World();
    await world.open();
    await world.send(2);
    await world.open();
    await world.send(2);
    expect(await world.groups()).toMatchObject([{ count: 4 }]);
  });
});

describe("a redrive of many runs", () => {
  test("goes on where each failed, and leaves alone what was repeated before", async () => {
    await using world = new World();
    await world.open();
    await world.send(many);
    world.isMended = true;
    expect(await world.engine.bulkRedrives.preview({ runs: {} })).toMatchObject({ eligible: many, refused: {}, atLeast: false });
    const id = await world.redrive();
    await world.finish();
    expect(await world.engine.bulkRedrives.find(id)).toMatchObject({ status: "completed", started: many, looked: many, refused: {} });
    const runs = await world.runs();
    expect(runs.filter(({ status }) => status === "completed")).toHaveLength(many);
    expect(runs).toHaveLength(2 * many);
    expect(world.loads).toBe(many);
    expect(await world.groups()).toMatchObject([{ count: many, redriven: many }]);
    expect(await world.engine.bulkRedrives.preview({ runs: {} })).toMatchObject({ eligible: 0, refused: { already_redriven: many } });
    const again = await world.redrive();
    await world.finish();
    expect(await world.engine.bulkRedrives.find(again)).toMatchObject({ started: 0, refused: { already_redriven: many } });
    await world.pass(limits.bulkRedriveKeptMs + 10_000);
    expect(await world.engine.bulkRedrives.list()).toEqual([]);
  });

  test("from the beginning runs every step again", async () => {
    await using world = new World();
    await world.open();
    await world.send(10);
    world.isMended = true;
    await world.redrive({ mode: "rerun" });
    await world.finish();
    expect(world.loads).toBe(20);
    expect(await world.runs({ statuses: ["completed"] })).toHaveLength(10);
  });

  test("repeats no run that it started itself, though it fails again", async () => {
    await using world = new World();
    await world.open();
    await world.send(many);
    await world.redrive();
    await world.finish();
    expect(await world.runs()).toHaveLength(2 * many);
    expect(await world.groups()).toMatchObject([{ count: 2 * many, redriven: many }]);
  });

  test("starts no more in a second than it may", async () => {
    await using world = new World();
    await world.open();
    await world.send(50);
    await world.redrive({ ratePerSecond: 10 });
    await world.pass(900);
    expect(await world.runs({ statuses: ["failed", "queued", "running"] })).toHaveLength(60);
    await world.pass(2_000);
    expect((await world.runs()).length).toBeLessThanOrEqual(50 + 30);
    await world.finish();
    expect(await world.runs()).toHaveLength(100);
  });

  test("means the runs whose event fulfils its expression, and can be stopped", async () => {
    await using world = new World();
    await world.open();
    await world.send(10);
    world.isMended = true;
    expect(await world.engine.bulkRedrives.preview({ runs: {}, expression: "event.data.n < 4" })).toMatchObject({ eligible: 4 });
    expect(await world.engine.bulkRedrives.preview({ runs: {}, expression: "event.data.n <" })).toMatchObject({
      kind: "expression_invalid",
    });
    await world.redrive({ expression: "event.data.n < 4" });
    await world.finish();
    expect(await world.runs({ statuses: ["completed"] })).toHaveLength(4);
    const id = await world.redrive({ ratePerSecond: 1 });
    await world.pass(1_500);
    expect(await world.done(world.engine.bulkRedrives.abort(id))).toMatchObject({ status: "aborted" });
    const before = (await world.runs()).length;
    await world.pass(20_000);
    expect(await world.runs()).toHaveLength(before);
  });

  test.for([1, 2, 3])("starts nothing twice when the process dies as slice %i would be noted", async (slice) => {
    await using world = new World();
    await world.open();
    await world.send(many);
    world.isMended = true;
    let noted = 0;
    world.dies = (units) => {
      if (movesOn(units)) noted += 1;
      return noted === slice;
    };
    await world.redrive();
    await world.finish();
    expect(world.isDead).toBe(true);
    world.dies = () => false;
    await world.open();
    await world.finish();
    const repeated = (await world.runs()).flatMap(({ rerun }) => (rerun === undefined ? [] : [rerun.of]));
    expect(repeated).toHaveLength(many);
    expect(new Set(repeated).size).toBe(many);
    expect(await world.runs({ statuses: ["completed"] })).toHaveLength(many);
    expect(await world.engine.bulkRedrives.list()).toMatchObject([{ status: "completed" }]);
  });
});

test("of a run that is redriven twice at once one is started", async () => {
  await using world = new World();
  await world.open();
  await world.send(1);
  world.isMended = true;
  const [run] = await world.runs();
  if (run === undefined) throw new Error("nothing was started");
  const order = { runId: run.id, once: true, resume: true } as const;
  const [one, other] = await world.done(Promise.all([world.engine.rerun(order), world.engine.rerun(order)]));
  expect([one.kind, other.kind]).toEqual(["started", "already_redriven"]);
  await world.settle();
  expect(await world.runs({ statuses: ["completed"] })).toHaveLength(1);
  expect(world.loads).toBe(1);
});
