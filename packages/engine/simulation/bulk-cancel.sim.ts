// A cancellation of many runs, with a process that dies at every place in the middle of it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Engine } from "@stepwell/engine";
import { ScriptedApp, SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { asJson, epochMs, limits, parseRegisterRequest } from "@stepwell/protocol";
import type { RunReport, Store, Unit } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { describe, expect, test } from "vitest";

const slugs = ["sim-meant", "sim-other"] as const;

class World implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly #folder = mkdtempSync(join(tmpdir(), "stepwell-bulk-"));
  readonly #app = new ScriptedApp();
  #store: Store | undefined;
  #isDead = false;
  engine!: Engine;
  /** Called before each batch; the process dies with the batch when it says so. */
  dies: (units: readonly Unit[]) => boolean = () => false;

  constructor() {
    for (const slug of slugs) this.#app.add({ slug, version: 2, program: [{ kind: "sleep", id: "long", ms: 86_400_000 }] });
  }

  async open(): Promise<void> {
    await this.#store?.close();
    this.clock.clear();
    this.#isDead = false;
    const file = join(this.#folder, "bulk.db");
    const store = await openSqliteStore({ file, now: this.clock.now(), synchronous: "off", reader: "inline" });
    const commit = store.commit.bind(store);
    store.commit = (units, params) => {
      if (!this.#isDead && this.dies(units)) this.#isDead = true;
      return this.#isDead ? new Promise<never>(() => undefined) : commit(units, params);
    };
    this.#store = store;
    const transport = { inProcess: false, call: async (call: Parameters<ScriptedApp["answer"]>[0]) => this.#app.answer(call) };
    this.engine = buildEngine({ store, transport, clock: this.clock, random: new SeededRandom(7) });
    await this.done(this.engine.start());
    await this.done(this.engine.syncApp(registration()));
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
  }

  async send(slug: string, count: number): Promise<void> {
    await this.done(this.engine.sendEvents({ events: Array.from({ length: count }, (_, n) => ({ name: slug, data: { n } })) }));
  }

  async runs(slug: string): Promise<readonly RunReport[]> {
    const found = this.engine.findFunction(slug);
    if (found === undefined) throw new Error(`no function ${slug}`);
    const runs: RunReport[] = [];
    for (let page = await this.engine.reports.listRuns({ functionIds: [found.id] }, { limit: 200 }); ; ) {
      runs.push(...page.rows);
      const last = page.rows.at(-1);
      if (!page.hasOlder || last === undefined) return runs;
      page = await this.engine.reports.listRuns({ functionIds: [found.id] }, { limit: 200, before: last.seq });
    }
  }

  async statuses(slug: string): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (const { status } of await this.runs(slug)) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }

  filter(expression?: string) {
    const functionId = this.engine.findFunction("sim-meant")?.id;
    if (functionId === undefined) throw new Error("the function is not known");
    const runs = { functionIds: [functionId], queuedTo: epochMs(this.clock.now() + 1) };
    return { runs, ...(expression === undefined ? {} : { expression }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function registration(): Parameters<Engine["syncApp"]>[0] {
  const functions = slugs.map((slug) => ({
    id: slug,
    name: slug,
    triggers: [{ event: slug }],
    steps: { step: { id: "step", name: "step", runtime: { type: "http", url: `http://localhost:1/?fnId=${slug}` } } },
  }));
  const parsed = parseRegisterRequest(JSON.stringify({ appName: "sim", url: "http://localhost:1/", sdk: "js:v4", functions }));
  if (parsed.kind !== "register") throw new Error(parsed.message);
  return parsed.request;
}

const meant = 2 * limits.bulkCancelSliceRunsMax + 50;
const about = asJson({});
const movesOn = (units: readonly Unit[]): boolean =>
  units.some((unit) => unit.kind === "set_timer" && unit.timer === "bulk_cancel" && unit.expected !== undefined);

describe("a cancellation of many runs", () => {
  test("ends what it means, slice by slice, and nothing else; runs that come later go on", async () => {
    await using world = new World();
    await world.open();
    await world.send("sim-meant", meant);
    await world.send("sim-other", 5);
    const filter = world.filter();
    expect(await world.engine.bulkCancels.preview(filter)).toMatchObject({ kind: "counted", matched: meant, atLeast: false });
    const created = await world.done(world.engine.bulkCancels.create({ filter, reason: "bulk", about }));
    if (created.kind !== "created") throw new Error(created.kind);
    await world.pass(50);
    await world.send("sim-meant", 3);
    await world.pass(1_000);
    expect(await world.statuses("sim-meant")).toEqual({ cancelled: meant, running: 3 });
    expect(await world.statuses("sim-other")).toEqual({ running: 5 });
    const { id } = created.bulkCancel;
    expect(await world.engine.bulkCancels.find(id)).toMatchObject({ status: "completed", cancelled: meant, looked: meant });
    await world.pass(limits.bulkCancelKeptMs + 10_000);
    expect(await world.engine.bulkCancels.list()).toEqual([]);
  });

  test("means the runs whose event fulfils its expression", async () => {
    await using world = new World();
    await world.open();
    await world.send("sim-meant", 10);
    const filter = world.filter("event.data.n < 4");
    expect(await world.engine.bulkCancels.preview(filter)).toMatchObject({ matched: 4 });
    await world.done(world.engine.bulkCancels.create({ filter, reason: "bulk", about }));
    await world.pass(1_000);
    expect(await world.statuses("sim-meant")).toEqual({ cancelled: 4, running: 6 });
    expect(await world.engine.bulkCancels.preview(world.filter("event.data.n <"))).toMatchObject({ kind: "expression_invalid" });
  });

  test("that is stopped ends no further run", async () => {
    await using world = new World();
    await world.open();
    await world.send("sim-meant", meant);
    const created = await world.done(world.engine.bulkCancels.create({ filter: world.filter(), reason: "bulk", about }));
    if (created.kind !== "created") throw new Error(created.kind);
    const { id } = created.bulkCancel;
    await world.pass(1);
    expect(await world.done(world.engine.bulkCancels.abort(id))).toMatchObject({ status: "aborted" });
    await world.pass(10_000);
    const { cancelled = 0 } = await world.statuses("sim-meant");
    expect(cancelled).toBeLessThan(meant);
    expect(await world.engine.bulkCancels.find(id)).toMatchObject({ status: "aborted" });
    expect(await world.done(world.engine.bulkCancels.remove(id))).toBe(true);
    expect(await world.done(world.engine.bulkCancels.remove(id))).toBe(false);
  });

  test.for([1, 2, 3])("is finished by the next owner when the process dies as slice %i would be noted", async (slice) => {
    await using world = new World();
    await world.open();
    await world.send("sim-meant", meant);
    await world.send("sim-other", 5);
    let noted = 0;
    world.dies = (units) => {
      if (movesOn(units)) noted += 1;
      return noted === slice;
    };
    await world.done(world.engine.bulkCancels.create({ filter: world.filter(), reason: "bulk", about }));
    await world.pass(1_000);
    expect(world.isDead).toBe(true);
    world.dies = () => false;
    await world.open();
    await world.pass(1_000);
    expect(await world.statuses("sim-meant")).toEqual({ cancelled: meant });
    expect(await world.statuses("sim-other")).toEqual({ running: 5 });
    expect(await world.engine.bulkCancels.list()).toMatchObject([{ status: "completed" }]);
    expect(new Set((await world.runs("sim-meant")).map(({ cancelReason }) => cancelReason))).toEqual(new Set(["bulk"]));
  });
});
