import { type Call, has, type Script } from "../app.ts";
import { type Check, rule } from "../conformance-case.ts";
import {
  anyOp,
  final,
  idOf,
  ops,
  planned,
  type Reply,
  result,
  runComplete,
  sleep,
  soon,
  stepError,
  stepRun,
  thrown,
  version1,
} from "../reply.ts";
import { pause } from "../until.ts";

const headersOf = (version: 1 | 2): Readonly<Record<string, string>> => (version === 1 ? version1 : {});
const settled = (call: Call, ids: readonly string[]): boolean => ids.every((id) => has(call, id));
const open = (call: Call, ids: readonly string[]): readonly string[] => ids.filter((id) => !has(call, id));
const owner = (call: Call, ids: readonly string[]): string => ids.find((id) => idOf(id) === call.stepId) ?? "";

/** A function of steps in parallel, as an SDK of the version plans and runs them. */
function parallel(ids: readonly string[], version: 1 | 2, end: (call: Call) => Reply = () => result("end")): Script {
  return (call) => {
    if (call.stepId !== "step") return ops([stepRun(owner(call, ids), 1)], headersOf(version));
    return settled(call, ids)
      ? end(call)
      : ops(
          open(call, ids).map((id) => planned(id)),
          headersOf(version),
        );
  };
}

/** The calls that a pattern costs; with the ids of steps as they were written. */
function costs(script: Script, calls: readonly string[], ids: readonly string[]): Check {
  return async ({ app, expect }) => {
    expect.like(await (await app.start(script)).ended(), { status: "Completed" });
    const seen = app.calls.map(({ stepId }) => ids.find((id) => idOf(id) === stepId) ?? stepId);
    expect.equal(seen.sort(), [...calls].sort());
  };
}

export const parallelCases = [
  ...rule("8.16", {
    "a call for one step carries the results so far, and asks to plan": async ({ app, expect }) => {
      const first = (call: Call): Reply => ops([stepRun("first", 1)], { "x-inngest-req-version": call.body.version === -1 ? "2" : "2" });
      const run = await app.start((call) => (call.stepId === "step" && !has(call, "first") ? first(call) : parallel(["a", "b"], 2)(call)));
      await run.ended();
      for (const { body } of app.calls.filter(({ stepId }) => stepId !== "step")) {
        expect.ok(body.ctx.stack.stack.includes(idOf("first")), "the first step's result");
        expect.equal(body.ctx.disable_immediate_execution, true);
      }
    },
    "a step that is not in the code any more is asked for once; the function says what runs instead": async ({ app, expect }) => {
      const missing = (id: string): string =>
        JSON.stringify({ error: "Could not find step", requestedStep: id, foundSteps: [], totalFoundSteps: 0 });
      let isDeployed = false;
      const run = await app.start(
        (call) => {
          if (call.stepId === idOf("b")) {
            isDeployed = true;
            return { ...thrown("", soon), body: missing(call.stepId) };
          }
          return parallel(isDeployed ? ["a", "c"] : ["a", "b"], 2, (last) => result(Object.keys(last.body.steps).length))(call);
        },
        { retries: 3 },
      );
      expect.like(await run.ended(), { status: "Completed", output: 2 });
      expect.equal(app.calls.filter(({ stepId }) => stepId === idOf("b")).length, 1);
      expect.equal(app.calls.filter(({ stepId }) => stepId === idOf("a")).length, 1);
    },
    "a step that is reported and never found fails the run after its attempts": async ({ app, expect }) => {
      const missing = JSON.stringify({ error: "Could not find step", requestedStep: idOf("b"), foundSteps: [], totalFoundSteps: 0 });
      const run = await app.start(
        (call) => (call.stepId === idOf("b") ? { ...thrown("", soon), body: missing } : parallel(["a", "b"], 2)(call)),
        { retries: 2 },
      );
      expect.like(await run.ended(), { status: "Failed", output: { message: "Could not find step" } });
      expect.equal(app.calls.filter(({ stepId }) => stepId === idOf("b")).length, 3);
    },
    "a step that cannot be found is an error of the function: tried again": async ({ app, expect }) => {
      const missing = JSON.stringify({ error: "Could not find step to run", requestedStep: "x", foundSteps: [], totalFoundSteps: 0 });
      let failures = 0;
      const run = await app.start(
        (call) => {
          if (call.stepId !== idOf("a") || failures > 0) return parallel(["a", "b"], 2)(call);
          failures += 1;
          return { ...thrown("", soon), body: missing };
        },
        { retries: 1 },
      );
      expect.like(await run.ended(), { status: "Completed" });
    },
    "other ops than its own are taken as they are": async ({ app, expect }) => {
      const run = await app.start((call) => {
        if (call.stepId === idOf("a")) return ops([stepRun("a", 1), stepRun("extra", 2)]);
        return parallel(["a", "b"], 2, (last) => result(Object.keys(last.body.steps).length))(call);
      });
      expect.like(await run.ended(), { status: "Completed", output: 3 });
    },
    "a step that has its result by then is not called": async ({ app, expect }) => {
      const run = await app.start(
        async (call) => {
          if (call.stepId === idOf("b")) return ops([stepError("b", "not yet")], soon);
          if (call.stepId !== idOf("a")) return parallel(["a", "b"], 2, (last) => result(last.body.steps))(call);
          await pause(300);
          return ops([stepRun("a", 1), stepRun("b", "by a")]);
        },
        { retries: 3 },
      );
      expect.equal((await run.ended()).output, { [idOf("a")]: { data: 1 }, [idOf("b")]: { data: "by a" } });
      expect.equal(app.calls.filter(({ stepId }) => stepId === idOf("b")).length, 1);
    },
    "each has attempts of its own": async ({ app, expect }) => {
      const tries = { a: 0, b: 0 };
      const run = await app.start(
        (call) => {
          const id = owner(call, ["a", "b"]) as "a" | "b" | "";
          if (id !== "") tries[id] += 1;
          return id !== "" && tries[id] < 3 ? ops([stepError(id, "again")], soon) : parallel(["a", "b"], 2)(call);
        },
        { retries: 2 },
      );
      expect.like(await run.ended(), { status: "Completed" });
      for (const id of ["a", "b"])
        expect.equal(
          app.calls.filter(({ stepId }) => stepId === idOf(id)).map(({ body }) => body.ctx.attempt),
          [0, 1, 2],
        );
    },
  }),
  ...rule("8.17", {
    "version 2: one discovery when the whole group is done": costs(
      parallel(["a", "b", "c"], 2),
      ["step", "a", "b", "c", "step"],
      ["a", "b", "c"],
    ),
    "version 1: a discovery for each step that is done": async ({ app, expect }) => {
      expect.like(await (await app.start(parallel(["a", "b"], 1))).ended(), { status: "Completed" });
      const discoveries = app.calls.filter(({ stepId }) => stepId === "step").length;
      expect.between(discoveries, 2, 3, "discoveries");
      expect.equal(app.calls.length - discoveries, 2, "calls for one step");
    },
    "version 2: the flag to plan is put down for the next discovery": async ({ app, expect }) => {
      await (await app.start(parallel(["a", "b"], 2))).ended();
      const flags = app.calls.filter(({ stepId }) => stepId === "step").map(({ body }) => body.ctx.disable_immediate_execution);
      expect.equal(flags, [false, false]);
    },
    "version 1: the flag to plan stays": async ({ app, expect }) => {
      await (await app.start(parallel(["a", "b"], 1))).ended();
      expect.equal(
        app.calls
          .map(({ body }) => body.ctx.disable_immediate_execution)
          .slice(1)
          .includes(false),
        false,
      );
    },
    "one op is not parallel: nothing is planned for it": async ({ app, expect }) => {
      await (await app.start((call) => (has(call, "a") ? result() : ops([stepRun("a", 1)])))).ended();
      expect.equal(
        app.calls.map(({ body }) => body.ctx.disable_immediate_execution),
        [false, false],
      );
    },
    "a race is told of each end at once": async ({ app, expect }) => {
      const race = { opts: { parallelMode: "RACE" } };
      const run = await app.start((call) => {
        if (call.stepId === idOf("quick")) return ops([stepRun("quick", 1)]);
        return has(call, "quick") ? result("won") : ops([planned("quick", race), sleep("slow", "1h", race)]);
      });
      expect.like(await run.ended(), { status: "Completed", output: "won" });
    },
    "without a race the group waits for the sleep in it": async ({ app, expect }) => {
      const run = await app.start((call) => {
        if (call.stepId === idOf("quick")) return ops([stepRun("quick", 1)]);
        return has(call, "quick") && has(call, "slow") ? result("both") : ops([planned("quick"), sleep("slow", "700ms")]);
      });
      expect.like(await run.ended(), { status: "Completed", output: "both" });
      expect.equal(app.calls.length, 3);
      expect.equal(app.calls.at(-1)?.body.ctx.disable_immediate_execution, false, "the flag when the sleep's end is the discovery");
    },
    "a race that goes on does not hold up the next step": async ({ app, expect }) => {
      const race = { opts: { parallelMode: "race" } };
      const slow = sleep("slow", "1h", race);
      const run = await app.start((call) => {
        if (call.stepId !== "step") return ops([stepRun(owner(call, ["quick", "next"]), 1)]);
        if (!has(call, "quick")) return ops([planned("quick", race), slow]);
        return has(call, "next") ? result("end") : ops([slow, planned("next")]);
      });
      expect.like(await run.ended(), { status: "Completed", output: "end" });
    },
    "a new group replaces the old one": async ({ app, expect }) => {
      const run = await app.start((call) => {
        if (call.stepId !== "step") return ops([stepRun(owner(call, ["a", "b", "c", "d"]), 1)]);
        if (!settled(call, ["a", "b"])) return ops([planned("a"), planned("b")]);
        return settled(call, ["c", "d"]) ? result("end") : ops([planned("c"), planned("d")]);
      });
      expect.like(await run.ended(), { status: "Completed", output: "end" });
      expect.equal(app.calls.length, 7);
    },
    "what already has a result does not hold a new group up": async ({ app, expect }) => {
      const run = await app.start((call) => {
        if (call.stepId !== "step") return ops([stepRun(owner(call, ["b", "c"]), 1)]);
        if (!has(call, "a")) return ops([stepRun("a", 1)]);
        return settled(call, ["b", "c"]) ? result("end") : ops([planned("a"), planned("b"), planned("c")]);
      });
      expect.like(await run.ended(), { status: "Completed", output: "end" });
    },
    "steps of a group see one another's results or none, never half a stack": async ({ app, expect }) => {
      await (await app.start(parallel(["a", "b", "c", "d", "e"], 2))).ended();
      for (const { body } of app.calls) expect.equal(Object.keys(body.steps).sort(), [...body.ctx.stack.stack].sort());
    },
    "the end of a run does not wait for what is still open": async ({ app, expect }) => {
      let finish = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const race = { opts: { parallelMode: "race" } };
      const run = await app.start(async (call) => {
        if (call.stepId === idOf("quick")) return ops([stepRun("quick", 1)]);
        if (call.stepId === "step") return has(call, "quick") ? result("won") : ops([planned("quick", race), planned("slow", race)]);
        await held;
        return ops([stepRun("slow", "late")]);
      });
      expect.like(await run.ended(), { status: "Completed", output: "won" });
      finish();
      await pause(100);
      expect.like(await run.ended(), { status: "Completed", output: "won" });
      expect.equal(app.calls.length, 4);
    },
    "two discoveries that run the same step at once: the first result stands": async ({ app, expect }) => {
      let discoveries = 0;
      const run = await app.start(async (call) => {
        if (call.stepId !== "step") return ops([stepRun(owner(call, ["a", "b"]), 1)], version1);
        if (has(call, "next")) return result(call.body.steps[idOf("next")]);
        if (!settled(call, ["a", "b"]))
          return ops(
            open(call, ["a", "b"]).map((id) => planned(id)),
            version1,
          );
        discoveries += 1;
        return ops([stepRun("next", discoveries)], version1);
      });
      expect.equal((await run.ended()).output, { data: 1 });
    },
    "empty answers without end end the run": async ({ app, expect }) => {
      expect.like(await (await app.start(() => ops([]))).ended(), { status: "Failed" });
      expect.between(app.calls.length, 2, 50, "calls");
    },
    "a step error among others: they are saved, then the item is tried again": async ({ app, expect }) => {
      const run = await app.start(
        (call) => {
          if (call.number === 1) return ops([stepRun("a", 1), stepError("b", "once"), stepRun("c", 3)], soon);
          return has(call, "b") ? result(call.body.steps) : ops([stepRun("b", 2)]);
        },
        { retries: 1 },
      );
      const { output } = await run.ended();
      expect.equal(output, { [idOf("a")]: { data: 1 }, [idOf("b")]: { data: 2 }, [idOf("c")]: { data: 3 } });
      expect.equal(app.calls[1]?.body.ctx.stack.stack, [idOf("a"), idOf("c")]);
      expect.equal(app.calls[1]?.body.ctx.attempt, 1);
    },
    "a group whose member failed for good goes on with the error": async ({ app, expect }) => {
      const run = await app.start((call) => {
        if (call.stepId === idOf("a")) return ops([stepError("a", "broke")], final);
        return parallel(["a", "b"], 2, (last) => result(last.body.steps))(call);
      });
      expect.like((await run.ended()).output, { [idOf("a")]: { error: { message: "broke" } }, [idOf("b")]: { data: 1 } });
    },
    "lazy ops do not make a reply parallel": async ({ app, expect }) => {
      const add = anyOp("DeferAdd", "later", { opts: { fn_slug: "x-y", input: {} } });
      await (await app.start((call) => (has(call, "a") ? result() : ops([add, stepRun("a", 1)])))).ended();
      expect.equal(
        app.calls.map(({ body }) => body.ctx.disable_immediate_execution),
        [false, false],
      );
    },
  }),
  ...rule("8.18", {
    "no steps: one call": costs(() => result(), ["step"], []),
    "two steps in a row: three calls": costs(
      (call) => (has(call, "b") ? result() : ops([stepRun(has(call, "a") ? "b" : "a", 1)])),
      ["step", "step", "step"],
      [],
    ),
    "a sleep: two calls": costs((call) => (has(call, "nap") ? result() : ops([sleep("nap", "20ms")])), ["step", "step"], []),
    "two in parallel: four calls": costs(parallel(["a", "b"], 2), ["step", "a", "b", "step"], ["a", "b"]),
    "one, three in parallel, one": costs(
      (call) => {
        if (call.stepId === "step" && !has(call, "first")) return ops([stepRun("first", 1)]);
        return parallel(["a", "b", "c"], 2, () => ops([stepRun("last", 1), runComplete(1)]))(call);
      },
      ["step", "step", "a", "b", "c", "step"],
      ["a", "b", "c"],
    ),
  }),
];
