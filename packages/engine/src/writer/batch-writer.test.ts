import { epochMs } from "@stepwell/protocol";
import type { CommitResult, Store, Unit, UnitOutcome } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../testing/index.ts";
import { BatchWriter } from "./batch-writer.ts";

const unit = (name: string): Unit => ({ kind: "cancel", runId: name as never, reason: name, endedAt: epochMs(0) });

/** A store that answers a batch when the test says so. */
function setup() {
  const clock = new VirtualClock();
  const batches: {
    readonly units: readonly Unit[];
    readonly answer: (result: CommitResult) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const commit: Store["commit"] = (units) => new Promise((answer, fail) => batches.push({ units, answer, fail }));
  const wakes: unknown[] = [];
  const writer = new BatchWriter({ store: { commit } as Store, clock, onWake: (wake) => wakes.push(wake) });
  const turn = async (): Promise<void> => {
    clock.endTurn();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { writer, batches, wakes, turn };
}

const committed: UnitOutcome = { kind: "committed" };
const lost: UnitOutcome = { kind: "lease_lost" };

describe("the writer", () => {
  test("hands in what was decided in one turn as one batch, in order, and gives each unit its outcome", async () => {
    const { writer, batches, turn } = setup();
    const [one, other] = [writer.commit(unit("one")), writer.commit(unit("other"))];
    await turn();
    expect(batches.map(({ units }) => units.map((each) => each.kind === "cancel" && each.reason))).toEqual([["one", "other"]]);
    batches[0]?.answer({ outcomes: [lost, committed], wake: { ready: false } });
    expect([await one, await other]).toEqual([lost, committed]);
  });

  test("tells when all that was handed in so far has its outcome, whatever comes later", async () => {
    const { writer, batches, turn } = setup();
    await writer.flushed();
    const flushed: string[] = [];
    void writer.commit(unit("one"));
    await turn();
    const other = writer.commit(unit("other"));
    void writer.flushed().then(() => flushed.push("both"));
    const later = writer.commit(unit("later"));
    later.catch(() => undefined); // In one batch with the one before.
    batches[0]?.answer({ outcomes: [committed], wake: { ready: false } });
    await turn();
    expect(flushed).toEqual([]);
    await turn();
    batches[1]?.fail(new Error("the disk"));
    await expect(other).rejects.toThrow("the disk");
    await turn();
    expect(flushed).toEqual(["both"]);
  });

  test("has one batch under way at a time; what comes meanwhile is the next", async () => {
    const { writer, batches, turn } = setup();
    void writer.commit(unit("one"));
    await turn();
    void writer.commit(unit("two"));
    void writer.commit(unit("three"));
    await turn();
    expect(batches).toHaveLength(1);
    expect(writer.isIdle).toBe(false);
    batches[0]?.answer({ outcomes: [committed], wake: { ready: false } });
    await turn();
    await turn();
    expect(batches[1]?.units).toHaveLength(2);
  });

  test("a batch that fails fails each of its units, and the next one is tried", async () => {
    const { writer, batches, turn } = setup();
    const one = writer.commit(unit("one"));
    await turn();
    batches[0]?.fail(new Error("the disk is full"));
    await expect(one).rejects.toThrow("full");
    const two = writer.commit(unit("two"));
    await turn();
    batches[1]?.answer({ outcomes: [committed], wake: { ready: false } });
    expect(await two).toEqual(committed);
  });

  test("a store with fewer outcomes than units is a mistake of the store, not silence", async () => {
    const { writer, batches, turn } = setup();
    const [one, two] = [writer.commit(unit("one")), writer.commit(unit("two"))];
    two.catch(() => undefined);
    await turn();
    batches[0]?.answer({ outcomes: [committed], wake: { ready: false } });
    expect(await one).toEqual(committed);
    await expect(two).rejects.toThrow("fewer outcomes");
  });

  test("a batch is bounded in rows; what does not fit waits for the next", async () => {
    const { writer, batches, turn } = setup();
    for (let index = 0; index < 1_500; index += 1) void writer.commit(unit(String(index)));
    await turn();
    expect(batches[0]?.units).toHaveLength(1_000);
    batches[0]?.answer({ outcomes: Array.from({ length: 1_000 }, () => committed), wake: { ready: false } });
    await turn();
    await turn();
    expect(batches[1]?.units).toHaveLength(500);
  });

  test("passes on what became due, and nothing where nothing did", async () => {
    const { writer, batches, wakes, turn } = setup();
    void writer.commit(unit("one"));
    await turn();
    batches[0]?.answer({ outcomes: [committed], wake: { ready: false } });
    await turn();
    void writer.commit(unit("two"));
    await turn();
    batches[1]?.answer({ outcomes: [committed], wake: { ready: true } });
    await turn();
    expect(wakes).toEqual([{ ready: true }]);
  });
});
