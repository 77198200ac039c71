// Any sequence of units, claims, restarts and passes of retention leaves the tables in agreement with each other, and what
// is kept in memory in agreement with the tables.

import type { RunId, StoreSeq } from "@stepwell/protocol";
import type { ClaimedItem, EventResult, Lease, Store, StoredEvent, Unit, UnitOutcome } from "@stepwell/store";
import fc from "fast-check";
import { expect, test } from "vitest";
import { eventNames, RandomUnits, type Surroundings } from "../testing/random-units.ts";
import { TableReader } from "../testing/table-reader.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteStore } from "./open-store.ts";

type Now = Parameters<typeof openSqliteStore>[0]["now"];
const t0 = 1_700_000_000_000;
const day = 86_400_000;

function check(store: Store, tables: TableReader): void {
  expect(tables.disagreements()).toEqual([]);
  const awaited = tables.awaited();
  const { waits, environmentId } = store;
  expect(waits.hasAny).toBe(awaited.size > 0);
  for (const name of eventNames) {
    const paths = awaited.get(name);
    expect(waits.isAwaited(environmentId, name)).toBe(paths !== undefined);
    expect([...waits.pathsOf(environmentId, name)].sort()).toEqual([...(paths ?? [])].filter((path) => path !== "").sort());
  }
}

class Driver {
  readonly #draw: RandomUnits;
  readonly #file: string;
  #now = t0;
  store: Store;
  readonly #runs: RunId[] = [];
  readonly #leases: Lease[] = [];
  readonly #events: StoredEvent[] = [];

  constructor(choices: readonly number[], store: Store, file: string) {
    this.#draw = new RandomUnits(choices);
    this.#file = file;
    this.store = store;
  }

  get isOver(): boolean {
    return this.#draw.isOver;
  }

  async step(): Promise<void> {
    this.#now += this.#draw.pick(3) * 50;
    switch (this.#draw.pick(12)) {
      case 0:
        return this.#restart();
      case 1:
        return this.#prune();
      case 2:
      case 3:
      case 4: {
        const { id: holderId, epoch } = this.store.holder;
        const perLane = 1 + this.#draw.pick(3);
        const { items } = await this.store.queue.claim({ holderId, epoch, now: this.#now as Now, limit: 1 + this.#draw.pick(6), perLane });
        for (const item of items) this.#leases.push(this.#leaseOf(item));
        return;
      }
      default: {
        const around = await this.#surroundings();
        return this.#commit(Array.from({ length: 1 + this.#draw.pick(4) }, () => this.#draw.unit(around)));
      }
    }
  }

  async #restart(): Promise<void> {
    await this.store.close();
    this.store = await openSqliteStore({ file: this.#file, now: this.#now as Now, reader: "inline", synchronous: "off" });
    const { epoch } = this.store.holder;
    while ((await this.store.queue.takeOver({ now: this.#now as Now, epoch, limit: 3, countLosses: true })).more);
  }

  /** Some time after everything so far; now and then only a slice of what could go. */
  async #prune(): Promise<void> {
    this.#now += this.#draw.pick(3) * day;
    const before = this.#now as Now;
    const old = { endedBefore: before, failedBefore: before, eventsBefore: before, tracesBefore: before, failuresBefore: before };
    const runsMax = this.#draw.pick(3) === 0 ? { runsMax: this.#draw.pick(4) } : {};
    await this.store.retention.prune({ now: before, ...old, ...runsMax, limit: 1 + this.#draw.pick(20) });
  }

  async #surroundings(): Promise<Surroundings> {
    const { store } = this;
    const { waits, timers } = await store.timers.due({ now: (2 * t0) as Now, limit: 1_000 });
    const cursors = await store.cursors.list({ limit: 10 });
    const found = await Promise.all(timers.slice(0, 20).map(({ subject }) => store.pending.find(subject as RunId)));
    const pending = found.filter((one) => one !== undefined);
    const events = this.#events.slice(-6);
    return { store, now: this.#now as Now, runs: this.#runs, leases: this.#leases, events, waits, timers, cursors, pending };
  }

  async #commit(units: readonly Unit[]): Promise<void> {
    const { outcomes } = await this.store.commit(units, { now: this.#now as Now });
    for (const [index, outcome] of outcomes.entries()) this.#learn(units[index] as Unit, outcome);
  }

  #learn(unit: Unit, outcome: UnitOutcome): void {
    if (outcome.kind !== "accepted" && outcome.kind !== "committed") return;
    if (unit.kind === "call") {
      if (unit.next.kind === "keep") this.#leases.push({ ...unit.lease, generation: unit.lease.generation + 1 });
      else if (unit.next.kind === "stay") this.#leases.push(unit.lease);
    }
    for (const event of outcome.events ?? []) this.#learnStarts(event);
    if (unit.kind !== "accept" || outcome.kind !== "accepted") return;
    for (const [index, result] of outcome.events.entries()) {
      const accepted = unit.events[index];
      if (accepted !== undefined && result.kind === "stored") this.#events.push({ ...accepted.event, seq: result.seq });
    }
  }

  #learnStarts(event: EventResult): void {
    const holderId = this.store.holder.id;
    for (const start of event.kind === "stored" ? event.starts : [])
      if (start.kind === "leased") this.#leases.push({ kind: "own", runSeq: start.runSeq, holderId, generation: 1 });
  }

  #leaseOf(item: ClaimedItem): Lease {
    const { runSeq, generation } = item;
    const holderId = this.store.holder.id;
    return item.kind === "own"
      ? { kind: "own", runSeq, holderId, generation }
      : { kind: "step", runSeq, itemSeq: item.itemSeq as StoreSeq, holderId, generation };
  }
}

test("whatever is committed, claimed, taken over and pruned, the tables agree", { timeout: 60_000 }, async () => {
  const choices = fc.array(fc.nat({ max: 720_719 }), { minLength: 200, maxLength: 2_400, size: "max" });
  await fc.assert(
    fc.asyncProperty(choices, async (drawn) => {
      using folder = temporaryFolder();
      const file = folder.file("stepwell.db");
      const store = await openSqliteStore({ file, now: t0 as Now, reader: "inline", synchronous: "off" });
      using tables = new TableReader(file);
      const driver = new Driver(drawn, store, file);
      try {
        while (!driver.isOver) {
          await driver.step();
          check(driver.store, tables);
        }
      } finally {
        await driver.store.close();
      }
    }),
    // The limit is for the search of a small failure, which would take minutes.
    { numRuns: 40, interruptAfterTimeLimit: 20_000 },
  );
});
