// The simulator must be able to fail. Each build here is broken on purpose, between the engine and the store, and a
// simulation must notice; the same seeds on the sound build must not.

import { DatabaseSync } from "node:sqlite";
import type { CommitResult, Store, Unit } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { simulate } from "./simulate.ts";

type Sabotage = (store: Store, file: string) => Store;

/** The same store with one operation replaced. */
function replace(store: Store, parts: { readonly commit?: Store["commit"]; readonly queue?: Partial<Store["queue"]> }): Store {
  const queue =
    parts.queue === undefined
      ? store.queue
      : new Proxy(store.queue, { get: (target, name) => parts.queue?.[name as keyof Store["queue"]] ?? bound(target, name) });
  return new Proxy(store, {
    get: (target, name) =>
      name === "commit" && parts.commit !== undefined ? parts.commit : name === "queue" ? queue : bound(target, name),
  });
}

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name, target);
  return typeof value === "function" ? value.bind(target) : value;
}

/** Now and then a reply is answered as committed and is not. */
const losesCommits: Sabotage = (store) => {
  let count = 0;
  return replace(store, {
    async commit(units, params): Promise<CommitResult> {
      count += 1;
      const lost = count % 10 === 0 ? units.findIndex(({ kind }) => kind === "call") : -1;
      const result = await store.commit(
        units.filter((_, index) => index !== lost),
        params,
      );
      return lost === -1 ? result : { ...result, outcomes: result.outcomes.toSpliced(lost, 0, { kind: "committed" }) };
    },
  });
};

/** Now and then a step gets a second result. */
const doublesSteps: Sabotage = (store, file) => {
  let count = 0;
  return replace(store, {
    async commit(units, params) {
      const result = await store.commit(units, params);
      count += 1;
      if (count % 20 === 0) change(file, `update journal_entries set memo = '{"data":"again"}' where ord = 1`);
      return result;
    },
  });
};

/** What a dead process held is never freed. */
const leaksLeases: Sabotage = (store) =>
  replace(store, { queue: { takeOver: async () => ({ freed: 0, more: false }), listHeld: async () => [] } });

/** A reply that comes after the run's end is recorded all the same. */
const skipsGuards: Sabotage = (store, file) =>
  replace(store, {
    async commit(units, params) {
      const result = await store.commit(units, params);
      for (const [index, outcome] of result.outcomes.entries()) {
        const unit: Unit | undefined = units[index];
        if (outcome.kind === "run_ended" && unit?.kind === "call")
          change(file, `update runs set status = 2, ended_at = ended_at + 1 where seq = ${unit.lease.runSeq}`);
      }
      return result;
    },
  });

function change(file: string, sql: string): void {
  const db = new DatabaseSync(file, { timeout: 1_000 });
  db.exec(sql);
  db.close();
}

const builds: readonly {
  readonly name: string;
  readonly sabotage: Sabotage;
  readonly notices: RegExp;
  readonly seeds: readonly number[];
}[] = [
  { name: "a lost commit", sabotage: losesCommits, notices: /I\d|still alive|never run/, seeds: [1, 2, 3] },
  { name: "a doubled step", sabotage: doublesSteps, notices: /I2/, seeds: [1, 2, 3] },
  { name: "a leaked lease", sabotage: leaksLeases, notices: /still alive/, seeds: [1, 2, 3, 4, 5, 6] },
  { name: "a skipped guard", sabotage: skipsGuards, notices: /I3/, seeds: Array.from({ length: 30 }, (_, index) => index + 1) },
];

describe("the simulator notices", () => {
  test.for(builds)("$name", { timeout: 120_000 }, async ({ sabotage, notices, seeds }) => {
    for (const seed of seeds) {
      const { violation } = await simulate({ seed, sabotage });
      if (violation === undefined) continue;
      expect(violation).toMatch(notices);
      return;
    }
    expect.fail(`no simulation of seeds ${seeds.join(", ")} noticed`);
  });
});
