// Races that matter, each on its own: the shipped engine and store, virtual time, no chance.

import { hashStepId } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { startScripted } from "./scripted-world.ts";
import { simulate } from "./simulate.ts";

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
            branches: [[{ kind: "step", id: "a", failures: 0 }], [{ kind: "step", id: "b", failures: 0 }]],
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
        program: [
          { kind: "step", id: "a", failures: 0 },
          { kind: "step", id: "b", failures: 0 },
        ],
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
    await using world = await startScripted([{ slug: "sim-f0", version: 2, program: [{ kind: "step", id: "a", failures: 0 }] }]);
    world.loseAnswerOf((units) => units.some(({ kind }) => kind === "accept"));
    await expect(world.send("sim-f0")).rejects.toThrow("answer");
    await world.send("sim-f0");
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["completed"]);
  });

  test("a thousand parallel steps are a thousand targeted calls and two more, and one discovery", async () => {
    const branches = Array.from({ length: 1_000 }, (_, index) => [{ kind: "step", id: `p${index}`, failures: 0 } as const]);
    await using world = await startScripted([{ slug: "sim-f0", version: 2, program: [{ kind: "parallel", race: false, branches }] }]);
    await world.send("sim-f0");
    await world.runUntilQuiet();
    expect(world.statuses()).toEqual(["completed"]);
    expect(world.calls).toHaveLength(1_002);
    // A targeted call carries the memos of the snapshot it was planned on, not those of its siblings.
    expect(Math.max(...world.calls.filter(({ stepId }) => stepId !== undefined).map(({ memos }) => memos.size))).toBe(0);
  });

  test.for([1, 2, 3, 4, 5, 6])(
    "a swarm of faults from seed %i violates nothing, and everything finishes",
    { timeout: 60_000 },
    async (seed) => {
      expect((await simulate({ seed })).violation).toBeUndefined();
    },
  );
});
