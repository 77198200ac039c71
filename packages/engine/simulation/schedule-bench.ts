// Schedules in virtual time over the store that ships: what is due is fired by hand, as the timer loop does it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { type CronTrigger, type EpochMs, type FunctionConfig, type FunctionUuid, invariant, type RunId } from "@stepwell/protocol";
import type { RunReport, Store, TimerRecord } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { Registry } from "../src/apps/registry.ts";
import { acceptTicks } from "../src/events/accept-ticks.ts";
import { ScheduleKeeper } from "../src/schedules/schedule-keeper.ts";
import { BatchWriter } from "../src/writer/batch-writer.ts";

/** The functions of an app, each with its schedules. */
export type Schedules = Readonly<Record<string, readonly (Partial<CronTrigger> & { readonly cron: string })[]>>;

/** A process with a keeper, whose file outlives it. */
export class ScheduleBench {
  readonly clock: VirtualClock;
  readonly #folder = mkdtempSync(join(tmpdir(), "stepwell-schedules-"));
  readonly #random = new SeededRandom(1);
  #registry = new Registry();
  #store: Store | undefined;
  #writer: BatchWriter | undefined;
  #keeper: ScheduleKeeper | undefined;
  #syncs = 0;

  constructor(now: EpochMs) {
    this.clock = new VirtualClock(now);
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error("the process has not been started");
    return this.#store;
  }

  get keeper(): ScheduleKeeper {
    if (this.#keeper === undefined) throw new Error("the process has not been started");
    return this.#keeper;
  }

  /** Opens the file, as after a crash: nothing is handed over. */
  async start(): Promise<void> {
    await this.#store?.close();
    const { clock } = this;
    const store = await openSqliteStore({ file: join(this.#folder, "s.db"), now: clock.now(), synchronous: "off", reader: "inline" });
    this.#store = store;
    const writer = new BatchWriter({ store, clock, onWake: () => undefined });
    this.#writer = writer;
    this.#registry = new Registry();
    const { apps, functions } = await store.apps.list();
    for (const app of apps) this.#registry.setFunctions(app, functions);
    this.#keeper = new ScheduleKeeper({
      store,
      writer,
      clock,
      random: this.#random,
      schedules: () => this.#registry.schedules(),
      accept: async (firing) => {
        const entry = this.#registry.entry(firing.of.functionId);
        if (entry === undefined) throw new Error("a schedule without its function");
        const { environmentId, holder } = store;
        const context = { registry: this.#registry, now: clock.now(), random: this.#random, environmentId, holder, room: 0 };
        await writer.commit(acceptTicks(firing, entry, context).unit);
      },
    });
    await this.settled(this.keeper.align({ isChanged: true }));
  }

  async sync(schedules: Schedules): Promise<void> {
    this.#syncs += 1;
    const { app, functions } = await this.store.apps.sync({
      environmentId: this.store.environmentId,
      name: "app",
      uuid: "00000000-0000-4000-8000-000000000001",
      url: "http://localhost:1/",
      sdk: "js:v4",
      checksum: String(this.#syncs),
      functions: Object.entries(schedules).map(([slug, triggers], index) => ({
        uuid: `00000000-0000-4000-9000-00000000000${index}` as FunctionUuid,
        config: configOf(slug, triggers),
      })),
      now: this.clock.now(),
    });
    this.#registry.setFunctions(app, functions);
    await this.settled(this.keeper.align({ isChanged: true }));
  }

  /** Fires what is due until nothing is. */
  async fireDue(): Promise<void> {
    for (;;) {
      const { timers } = await this.store.timers.due({ now: this.clock.now(), limit: 10 });
      if (timers.length === 0) return;
      for (const timer of timers) await this.settled(this.keeper.fire(timer));
    }
  }

  /** Lives through the time until then, awake at each due time and never before. */
  async liveUntil(until: EpochMs): Promise<void> {
    for (;;) {
      await this.fireDue();
      const { nextDueAt } = await this.store.timers.due({ now: this.clock.now(), limit: 1 });
      if (nextDueAt === undefined || nextDueAt > until) return this.clock.moveTo(until);
      this.clock.moveTo(nextDueAt);
    }
  }

  /** Ends turns until the work is done. */
  async settled<Value>(work: Promise<Value>): Promise<Value> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined); // Whoever asked is told below.
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      this.clock.endTurn();
    }
    return done;
  }

  async timers(): Promise<readonly TimerRecord[]> {
    return this.store.timers.list({ kind: "cron" });
  }

  /** Of each run its function and the moment it is for, in the order in which they were started. */
  async ticks(): Promise<readonly string[]> {
    const runs = await this.runs();
    return Promise.all(
      runs.map(async (run) => `${run.functionSlug} ${new Date(await this.#momentOf(run.id)).toISOString().slice(11, 19)}`),
    );
  }

  async #momentOf(runId: RunId): Promise<number> {
    const [event] = await this.store.reports.runEvents(runId);
    return Date.parse(event?.externalId ?? "");
  }

  async runs(): Promise<readonly RunReport[]> {
    const { rows } = await this.store.reports.listRuns({}, { limit: 200 });
    return [...rows].reverse();
  }

  /** Why ticks started nothing. */
  async reasons(): Promise<readonly string[]> {
    const { rows } = await this.store.reports.listEvents({}, { limit: 200 });
    const outcomes = await Promise.all([...rows].reverse().map(({ id }) => this.store.reports.eventOutcomes(id)));
    return outcomes.flat().map(({ kind, detail }) => `${kind}: ${detail}`);
  }

  async endRun(runId: RunId): Promise<void> {
    const unit = { kind: "cancel", runId, reason: "the test said so", endedAt: this.clock.now() } as const;
    const outcome = await this.settled(this.#writer?.commit(unit) ?? Promise.reject(new Error("no writer")));
    invariant(outcome.kind === "committed", "the run was alive");
  }

  async close(): Promise<void> {
    await this.#store?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configOf(slug: string, triggers: Schedules[string]): FunctionConfig {
  const all = triggers.map((trigger): CronTrigger => ({ kind: "cron", catchUp: "last", overlap: "allow", ...trigger }));
  return { slug, name: slug, triggers: all, url: "http://localhost:1/", retries: 4, options: {} };
}
