// Any sequence of units, claims and restarts leaves the tables in agreement with each other.

import { DatabaseSync } from "node:sqlite";
import type { EventId, ItemId, JsonText, RunId, StepId, StoreSeq } from "@stepwell/protocol";
import type { ClaimedItem, Effect, FunctionId, Lease, Next, Store, Unit } from "@stepwell/store";
import fc from "fast-check";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteStore } from "./open-store.ts";

type Now = Parameters<typeof openSqliteStore>[0]["now"];
const t0 = 1_700_000_000_000;
const stepNames = ["a", "b", "c", "d", "e"] as const;

/** Each is a question whose every row is a disagreement. */
const disagreements: Readonly<Record<string, string>> = {
  "an ended run has something queued or held":
    "select r.seq from runs r where r.ended_at is not null and (r.holder_id is not null or exists (select 1 from queue_items q where q.run_seq = r.seq))",
  "a run that is alive has nothing that could move it":
    "select r.seq from runs r where r.ended_at is null and r.holder_id is null and not exists (select 1 from queue_items q where q.run_seq = r.seq)",
  "a run's own item is in hand and queued, or queued twice":
    "select q.run_seq from queue_items q join runs r on r.seq = q.run_seq where q.own = 1 group by q.run_seq having count(*) > 1 or max(r.holder_id) is not null",
  "a ready item stands in no lane of its function and key":
    "select q.seq from queue_items q where q.state = 1 and not exists (select 1 from lanes l where l.id = q.lane_id and l.function_id = q.function_id and l.key = q.lane_key)",
  "an item that is not ready stands in a lane": "select seq from queue_items where state <> 1 and lane_id is not null",
  "a lane has no ready item":
    "select l.id from lanes l where not exists (select 1 from queue_items q where q.lane_id = l.id and q.state = 1)",
  "turns and lanes disagree":
    "select function_id from function_turns where function_id not in (select function_id from lanes) union all select function_id from lanes where function_id not in (select function_id from function_turns)",
  "a run miscounts its journal": `select r.seq from runs r where
      r.journal_length <> (select count(*) from journal_entries j where j.run_seq = r.seq and j.ord is not null)
      or r.journal_length <> (select coalesce(max(j.ord), 0) from journal_entries j where j.run_seq = r.seq)
      or r.journal_length <> (select count(distinct j.ord) from journal_entries j where j.run_seq = r.seq)
      or r.step_count <> (select count(*) from journal_entries j where j.run_seq = r.seq)
      or r.state_bytes <> (select coalesce(sum(octet_length(j.memo)), 0) from journal_entries j where j.run_seq = r.seq)`,
  "a run miscounts what is open of its group": `select r.seq from runs r where r.group_open <>
      (select count(*) from journal_entries j where j.run_seq = r.seq and j.state <= 3 and j.group_no > 0 and j.group_no = r.group_no)`,
  "a step's item has no step that is open, or two items have one": `select q.seq from queue_items q where q.own = 0 and not exists
      (select 1 from journal_entries j where j.run_seq = q.run_seq and j.step_id = q.step_id)
      union all select min(seq) from queue_items where own = 0 group by run_seq, step_id having count(*) > 1`,
};

function check(file: string): void {
  const db = new DatabaseSync(file, { readOnly: true });
  const found = Object.entries(disagreements).filter(([, sql]) => db.prepare(sql).get() !== undefined);
  db.close();
  expect(found.map(([name]) => name)).toEqual([]);
}

/** Draws what happens next from numbers that fast-check chose, so that a failure shrinks. */
class Driver {
  readonly #choices: readonly number[];
  readonly #file: string;
  #next = 0;
  #lastId = 0;
  #now = t0;
  store: Store;
  #runs: RunId[] = [];
  #leases: Lease[] = [];

  constructor(choices: readonly number[], store: Store, file: string) {
    this.#choices = choices;
    this.#file = file;
    this.store = store;
  }

  get isOver(): boolean {
    return this.#next >= this.#choices.length;
  }

  async step(): Promise<void> {
    this.#now += this.#pick(3) * 50;
    switch (this.#pick(8)) {
      case 0:
        return this.#restart();
      case 1:
      case 2: {
        const { id: holderId, epoch } = this.store.holder;
        const now = this.#now as Now;
        const { items } = await this.store.queue.claim({ holderId, epoch, now, limit: 1 + this.#pick(6), perLane: 1 + this.#pick(3) });
        for (const item of items) this.#leases.push(this.#leaseOf(item));
        return;
      }
      default:
        return this.#commit(Array.from({ length: 1 + this.#pick(4) }, () => this.#unit()));
    }
  }

  async #restart(): Promise<void> {
    await this.store.close();
    this.store = await openSqliteStore({ file: this.#file, now: this.#now as Now, reader: "inline", synchronous: "off" });
    const { epoch } = this.store.holder;
    while ((await this.store.queue.takeOver({ now: this.#now as Now, epoch, limit: 3, countLosses: true })).more);
  }

  async #commit(units: readonly Unit[]): Promise<void> {
    const { outcomes } = await this.store.commit(units, { now: this.#now as Now });
    for (const [index, outcome] of outcomes.entries()) {
      const unit = units[index];
      if (unit?.kind === "call" && outcome.kind === "committed") {
        if (unit.next.kind === "keep") this.#leases.push({ ...unit.lease, generation: unit.lease.generation + 1 });
        else if (unit.next.kind === "stay") this.#leases.push(unit.lease);
      }
      if (unit?.kind !== "accept" || outcome.kind !== "accepted") continue;
      const started = outcome.events.flatMap((event) => (event.kind === "stored" ? event.starts : []));
      for (const start of started)
        if (start.kind === "leased")
          this.#leases.push({ kind: "own", runSeq: start.runSeq, holderId: this.store.holder.id, generation: 1 });
    }
  }

  #unit(): Unit {
    const kind = this.#pick(10);
    if (kind < 2 || this.#runs.length === 0) return this.#accept();
    if (kind === 2) return { kind: "cancel", runId: this.#one(this.#runs), reason: "test", endedAt: this.#now as Now };
    if (this.#leases.length === 0) return this.#accept();
    // Mostly each lease is used once; now and then it stays, to be used when it is stale.
    const lease = this.#one(this.#leases);
    if (this.#pick(6) > 0) this.#leases.splice(this.#leases.indexOf(lease), 1);
    if (kind === 3) return { kind: "release", lease, rank: this.#pick(5), laneKey: "", functionId: 1 as FunctionId };
    return {
      kind: "call",
      lease,
      effects: this.#effects(lease),
      next: this.#nextOf(lease),
      change: this.#pick(2) === 0 ? {} : { version: 2, plan: this.#pick(2) === 0 },
    };
  }

  #accept(): Unit {
    const taken = this.#pick(12) === 0 ? this.#runs.at(-1) : undefined; // A culprit, whose neighbours go through.
    const runId = taken ?? (this.#newId() as RunId);
    if (taken === undefined) this.#runs.push(runId);
    const start = {
      runId,
      functionId: (1 + this.#pick(2)) as FunctionId,
      laneKey: "",
      rank: this.#pick(5),
      dueAt: (this.#now + (this.#pick(4) === 0 ? 100 : 0)) as Now,
      wantsLease: this.#pick(3) > 0,
    };
    const at = this.#now as Now;
    const event = {
      id: this.#newId() as EventId,
      environmentId: this.store.environmentId,
      name: "e",
      ts: at,
      receivedAt: at,
      data: "{}" as JsonText,
    };
    return { kind: "accept", holder: this.store.holder, events: [{ event, starts: [start], outcomes: [] }] };
  }

  #effects(lease: Lease): readonly Effect[] {
    const effects: Effect[] = [];
    const at = this.#now as Now;
    const place = { rank: 0, laneKey: "", functionId: 1 as FunctionId };
    const race = this.#pick(4) === 0;
    if (lease.kind === "own" && this.#pick(2) === 0) {
      const names = stepNames.filter(() => this.#pick(2) === 0);
      effects.push({ kind: "open_group", steps: names.map((name) => ({ stepId: name as string as StepId, op: "StepRun", name, race })) });
    }
    for (const name of stepNames) {
      const stepId = name as string as StepId;
      const itemId = this.#newId() as ItemId;
      const choice = this.#pick(7);
      if (choice === 0)
        effects.push({ kind: "plan_step", stepId, itemId, op: "StepRun", name, race, dueAt: (at + this.#pick(2) * 60) as Now, ...place });
      else if (choice === 1)
        effects.push({ kind: "begin_sleep", stepId, itemId, name, race, dueAt: (at + 50) as Now, startedAt: at, ...place });
      else if (choice === 2) {
        const wake = this.#one(["never", "group", "always"] as const);
        const memo = (this.#pick(2) === 0 ? "1" : '"é"') as JsonText;
        effects.push({
          kind: "settle_step",
          stepId,
          op: "StepRun",
          name,
          memo,
          failed: false,
          startedAt: at,
          endedAt: at,
          attempt: 0,
          wake,
        });
      }
    }
    return effects;
  }

  #nextOf(lease: Lease): Next {
    const dueAt = (this.#now + this.#pick(3) * 50) as Now;
    const place = { rank: 0, laneKey: "", functionId: 1 as FunctionId };
    if (this.#pick(8) === 0) return { kind: "end", status: "completed", endedAt: this.#now as Now, sweep: true };
    if (lease.kind === "step") return this.#pick(3) === 0 ? { kind: "retry", dueAt, attempt: 1 } : { kind: "done" };
    const options: readonly Next[] = [
      { kind: "keep" },
      { kind: "stay" },
      { kind: "park", ...place },
      { kind: "queue", dueAt, attempt: this.#pick(2), ...place },
    ];
    return this.#one(options);
  }

  #leaseOf(item: ClaimedItem): Lease {
    const { runSeq, generation } = item;
    const holderId = this.store.holder.id;
    return item.kind === "own"
      ? { kind: "own", runSeq, holderId, generation }
      : { kind: "step", runSeq, itemSeq: item.itemSeq as StoreSeq, holderId, generation };
  }

  #newId(): string {
    this.#lastId += 1;
    return `01HG${String(this.#lastId).padStart(22, "0")}`;
  }

  #pick(below: number): number {
    const choice = this.#choices[this.#next] ?? 0;
    this.#next += 1;
    return choice % below;
  }

  #one<Item>(items: readonly Item[]): Item {
    return items[this.#pick(items.length)] as Item;
  }
}

test("whatever is committed, claimed and taken over, the tables agree", { timeout: 60_000 }, async () => {
  const choices = fc.array(fc.nat({ max: 5_039 }), { minLength: 100, maxLength: 1_200, size: "max" });
  await fc.assert(
    fc.asyncProperty(choices, async (drawn) => {
      using folder = temporaryFolder();
      const file = folder.file("stepwell.db");
      const store = await openSqliteStore({ file, now: t0 as Now, reader: "inline", synchronous: "off" });
      const driver = new Driver(drawn, store, file);
      try {
        while (!driver.isOver) {
          await driver.step();
          check(file);
        }
      } finally {
        await driver.store.close();
      }
    }),
    // The limit is for the search of a small failure, which would take minutes.
    { numRuns: 40, interruptAfterTimeLimit: 20_000 },
  );
});
