// Races that matter, each on its own: the shipped engine and store, virtual time, no chance.

import type { CheckpointResult } from "@stepwell/engine";
import type { Leaf, Program } from "@stepwell/engine/testing";
import { asJson, hashStepId, type RunId } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { startScripted } from "./scripted-world.ts";
import { simulate } from "./simulate.ts";

const step = (id: string, failures = 0): Leaf => ({ kind: "step", id, failures });

describe("named cases", () => {
  test("the last two siblings of a Promise.all that settle in one turn wake the run once, and it ends", async () => {
    await using world = await startScripted([
      {
        slug: "sim-f0",
        version: 2,
        program: [
          {
            kind: "parallel",
            race: false,
            branches: [[step("a")], [step("b")]],
          },
        ],
      },
    ]);
    await world.send("sim-f0");
    await world.runUntilQuiet();
    expect(world.batchesWith("settle_step")).toEqual([2]);
    expect(world.statuses()).toEqual(["completed"]);
    // The plan, two targeted calls, one discovery.
    expect(world.calls).toHaveLength(4);
  });

  test("a commit whose answer is lost is neither lost nor done twice", async () => {
    await using world = await startScripted([
      {
        slug: "sim-f0",
        version: 2,
        program: [step("a"), step("b")],
      },
    ]);
    world.loseAnswerOf((units) =>
      units.some(
        (unit) => unit.kind === "call" && unit.effects.some((effect) => effect.kind === "settle_step" && effect.stepId === hashStepId("a")),
      ),
    );
    await world.send("sim-f0");
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["completed"]);
    expect(world.stepsRun()).toEqual({ a: 1, b: 1 });
  });

  test("an acceptance whose answer is lost is found by the sender's next try, and starts one run", async () => {
    await using world = await startScripted([{ slug: "sim-f0", version: 2, program: [step("a")] }]);
    world.loseAnswerOf((units) => units.some(({ kind }) => kind === "accept"));
    await expect(world.send("sim-f0")).rejects.toThrow("answer");
    await world.send("sim-f0");
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["completed"]);
  });

  test("a thousand parallel steps are a thousand targeted calls and two more, and one discovery", async () => {
    const branches = Array.from({ length: 1_000 }, (_, index) => [step(`p${index}`)]);
    await using world = await startScripted([{ slug: "sim-f0", version: 2, program: [{ kind: "parallel", race: false, branches }] }]);
    await world.send("sim-f0");
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["completed"]);
    expect(world.calls).toHaveLength(1_002);
    // A targeted call carries the memos of the snapshot it was planned on, not those of its siblings.
    expect(Math.max(...world.calls.filter(({ stepId }) => stepId !== undefined).map(({ memos }) => memos.size))).toBe(0);
  });

  test("a race whose losers are reported again is waited for: the function is not asked over and over", async () => {
    const nap = (id: string, ms: number): Program => [{ kind: "sleep", id, ms }];
    const naps = { kind: "parallel", race: true, branches: [nap("hour", 3_600_000), nap("day", 86_400_000)] } as const;
    const program: Program = [
      { kind: "parallel", race: true, branches: [[step("x")], [step("y", 1)]] },
      { kind: "parallel", race: false, branches: [[naps], [step("b")]] },
    ];
    await using world = await startScripted([{ slug: "sim-f0", version: 2, program }]);
    await world.send("sim-f0");
    // The plan, x and y, the second plan, b; the second try of y, and what it wakes, which finds nothing but the naps.
    await world.pass(60_000);
    expect(world.calls).toHaveLength(7);
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["completed"]);
    expect(world.calls).toHaveLength(8);
  });

  test("a checkpoint that the store fails is not told to be stale: its call goes on", async () => {
    await using world = await startScripted([{ slug: "sim-f0", version: 2, program: [step("a"), step("b")] }]);
    const { promise: reply, resolve } = Promise.withResolvers<void>();
    world.replyWhen = () => reply;
    await world.send("sim-f0");
    const [call] = world.calls;
    const save = (name: string, data: string): Promise<CheckpointResult> =>
      world.engine.checkpoint({
        runId: call?.runId as RunId,
        itemId: call?.itemId as RunId,
        generation: 1,
        ops: [{ kind: "StepRun", id: hashStepId(name), name, race: false, data: asJson(data) }],
      });
    // Both are decided in one turn, so the second finds the journal longer than it thought, and has to read it.
    world.failNext("runs.load");
    const results = await world.during(Promise.allSettled([save("x", "first"), save("y", "second")]));
    expect(results).toMatchObject([{ value: { kind: "saved" } }, { status: "rejected" }]);
    expect(await world.during(save("y", "second"))).toEqual({ kind: "saved" });
    resolve();
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["completed"]);
  });

  test("a seed brings back what it brought before, step by step", { timeout: 120_000 }, async () => {
    const [one, other] = [await simulate({ seed: 3 }), await simulate({ seed: 3 })];
    expect(other).toEqual(one);
  });

  test.for([1, 2, 3, 4, 5, 6])(
    "a swarm of faults from seed %i violates nothing, and everything finishes",
    { timeout: 120_000 },
    async (seed) => {
      expect((await simulate({ seed })).violation).toBeUndefined();
    },
  );
});
