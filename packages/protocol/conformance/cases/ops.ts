import { at } from "../api.ts";
import { has } from "../app.ts";
import { type Check, rule } from "../conformance-case.ts";
import { anyOp, final, idOf, ops, planned, result, runComplete, sleep, soon, stepError, stepFailed, stepRun, thrown } from "../reply.ts";

type Op = Readonly<Record<string, unknown>>;

/** What the next call carries for the step "a" after this op. */
function remembers(op: Op, memo: unknown): Check {
  return async ({ app, expect }) => {
    const run = await app.start((call) => (call.number === 1 ? ops([op]) : result()));
    await run.ended();
    const { steps, ctx } = (await app.call(2)).body;
    expect.ok(Object.hasOwn(steps, idOf("a")), "the step's key is there");
    expect.equal(steps[idOf("a")], memo);
    expect.equal(ctx.stack.stack, [idOf("a")]);
    expect.equal(ctx.attempt, 0);
  };
}

export const opCases = [
  ...rule("8.1", {
    "names of ops count in any case of letters": async ({ app, expect }) => {
      const run = await app.start((call) => {
        if (call.number === 1) return ops([{ ...stepRun("a", 1), op: "STEPRUN" }]);
        return call.number === 2 ? ops([{ ...stepRun("b", 1), op: "steprun" }]) : ops([{ ...runComplete("end"), op: "runComplete" }]);
      });
      expect.like(await run.ended(), { status: "Completed", output: "end" });
    },
    "None asks for nothing": async ({ app, expect }) => {
      const run = await app.start((call) => (call.number === 1 ? ops([{ op: "None" }]) : result("after")));
      expect.like(await run.ended(), { output: "after" });
    },
  }),
  ...rule("8.2", {
    "ids are taken as they are": async ({ app, expect }) => {
      const id = "not-a-hash/é 1";
      const run = await app.start((call) => (call.number === 1 ? ops([{ op: "StepRun", id, data: 1 }]) : result(call.body.steps)));
      expect.equal((await run.ended()).output, { [id]: { data: 1 } });
    },
    "the id of a step that is asked for comes back as it was sent": async ({ app, expect }) => {
      const id = "x y/&=ü";
      const run = await app.start((call) => {
        if (call.stepId === id) return ops([{ op: "StepRun", id, data: "got" }]);
        return call.number === 1 ? ops([{ op: "StepPlanned", id }]) : result(call.body.steps[id]);
      });
      expect.equal((await run.ended()).output, { data: "got" });
    },
  }),
  ...rule("8.3", {
    "null is as absent": remembers(
      {
        op: "StepRun",
        id: idOf("a"),
        name: null,
        displayName: null,
        opts: null,
        error: null,
        userland: { id: "a", index: null },
        timing: { a: 0, b: 0 },
        metadata: null,
        data: 1,
      },
      { data: 1 },
    ),
    "a step is called by its displayName, else its name, else its id": async ({ app, api, expect }) => {
      const steps = [
        { op: "StepRun", id: "one", name: "b", displayName: "Charge" },
        { op: "StepRun", id: "two", name: "b" },
        { op: "StepRun", id: "three" },
      ];
      const { run_id } = await (await app.start((call) => (call.number === 1 ? ops(steps) : result()))).ended();
      const spans = at((await api.get(`/api/v1/runs/${run_id}/trace`)).json, "data", "spans") as readonly object[];
      expect.equal(
        spans
          .slice(1)
          .map((span) => at(span, "name"))
          .sort(),
        ["Charge", "b", "three"],
      );
    },
  }),
  ...rule("8.4", {
    "a result is wrapped": remembers(stepRun("a", { x: [1] }), { data: { x: [1] } }),
    "null is wrapped": remembers(stepRun("a", null), { data: null }),
    "no data is null": remembers(stepRun("a"), { data: null }),
    "what looks like a memo is wrapped all the same": remembers(stepRun("a", { data: 1 }), { data: { data: 1 } }),
    "the old Step is its data as it stands": remembers(anyOp("Step", "a", { data: { data: 7 } }), { data: 7 }),
    "a sleep is null, and its key is there": remembers(sleep("a", ""), null),
    "an error keeps every key, its data as it was": remembers(
      anyOp("StepFailed", "a", {
        error: { name: "E", message: "m", stack: "s", data: { z: 1, a: [null] }, cause: { c: 1 }, code: "X", noRetry: true },
      }),
      { error: { name: "E", message: "m", stack: "s", data: { z: 1, a: [null] }, cause: { c: 1 }, code: "X", noRetry: true } },
    ),
    "an error without data has data null, which Go needs": async ({ app, expect }) => {
      const run = await app.start((call) => (call.number === 1 ? ops([stepFailed("a", "m")]) : result(call.body.steps)));
      expect.like((await run.ended()).output, { [idOf("a")]: { error: { name: "Error", message: "m", data: null } } });
    },
  }),
  ...rule("8.5", {
    "several results of one reply are saved in order": async ({ app, expect }) => {
      const run = await app.start((call) => (call.number === 1 ? ops([stepRun("b", 1), stepRun("a", 2), stepRun("c", 3)]) : result()));
      await run.ended();
      expect.equal((await app.call(2)).body.ctx.stack.stack, ["b", "a", "c"].map(idOf));
      expect.equal(app.calls.length, 2);
    },
    "the first result of a step stands, and the function goes on": async ({ app, expect }) => {
      const run = await app.start((call) => (call.number < 3 ? ops([stepRun("a", call.number)]) : result(call.body.steps)));
      expect.equal((await run.ended()).output, { [idOf("a")]: { data: 1 } });
    },
    "a step that threw is tried again from where it was": async ({ app, expect }) => {
      const run = await app.start(
        (call) => {
          if (!has(call, "a")) return ops([stepRun("a", 1)]);
          return has(call, "b") ? result("end") : ops([call.number === 2 ? stepError("b", "once") : stepRun("b", 2)], soon);
        },
        { retries: 2 },
      );
      expect.like(await run.ended(), { status: "Completed", output: "end" });
      expect.equal(
        app.calls.map(({ body }) => body.ctx.attempt),
        [0, 0, 1, 0],
      );
      expect.equal(app.calls[2]?.body.ctx.stack.stack, [idOf("a")]);
    },
    "a step that may not be tried again is remembered as an error": async ({ app, expect }) => {
      const run = await app.start((call) => (call.number === 1 ? ops([stepError("a", "m")], final) : result(call.body.steps)), {
        retries: 3,
      });
      const { output } = await run.ended();
      expect.like(output, { [idOf("a")]: { error: { message: "m" } } });
      expect.equal((await app.call(2)).body.ctx.attempt, 0);
    },
    "StepFailed is final whatever no-retry says": async ({ app, expect }) => {
      const headers = { "x-inngest-no-retry": "false" };
      const run = await app.start((call) => (call.number === 1 ? ops([stepFailed("a", "m")], headers) : result(call.body.steps)), {
        retries: 3,
      });
      expect.like((await run.ended()).output, { [idOf("a")]: { error: { message: "m" } } });
      expect.equal(app.calls.length, 2);
    },
    "a planned step is called by its id, once for the whole run": async ({ app, expect }) => {
      const run = await app.start((call) => {
        if (call.stepId === "step") return has(call, "a") ? result(call.body.steps) : ops([planned("a")]);
        return ops([stepRun("a", 1)]);
      });
      expect.like(await run.ended(), { status: "Completed" });
      expect.equal(
        app.calls.map(({ stepId }) => stepId),
        ["step", idOf("a"), "step"],
      );
    },
    "a planned step that is reported again is not planned again": async ({ app, expect }) => {
      // Version 1 asks again after every result, so that the open step is reported once more.
      const headers = { "x-inngest-req-version": "1" };
      const run = await app.start(async (call) => {
        if (call.stepId === idOf("a")) return ops([stepRun("a", 1)], headers);
        if (call.stepId === idOf("b")) return app.call(4).then(() => ops([stepRun("b", 1)], headers));
        if (has(call, "b")) return result();
        return ops(has(call, "a") ? [planned("b")] : [planned("a"), planned("b")], headers);
      });
      expect.like(await run.ended(), { status: "Completed" });
      expect.equal(app.calls.filter(({ stepId }) => stepId === idOf("b")).length, 1);
    },
  }),
  ...rule("8.6", {
    "the text is in the name": async ({ app, expect }) => {
      const run = await app.start((call) => (has(call, "nap") ? result() : ops([sleep("nap", "1s")])));
      await run.ended();
      const [first, second] = app.calls;
      expect.between((second?.at ?? 0) - (first?.at ?? 0), 1_000, 8_000, "the sleep");
      expect.equal(second?.body.steps, { [idOf("nap")]: null });
      expect.equal(second?.body.ctx.stack.stack, [idOf("nap")]);
    },
    "opts.duration is looked at first": async ({ app, expect }) => {
      const run = await app.start((call) =>
        has(call, "nap") ? result() : ops([{ ...sleep("nap", "a nap"), opts: { duration: "10ms" } }]),
      );
      expect.like(await run.ended(), { status: "Completed" });
    },
    "no text is no sleep": async ({ app, expect }) => {
      const run = await app.start((call) => (has(call, "nap") ? result() : ops([sleep("nap", "")])));
      await run.ended();
      expect.between((app.calls[1]?.at ?? 0) - (app.calls[0]?.at ?? 0), 0, 900, "the sleep");
    },
    "a date that has passed is no sleep": async ({ app, expect }) => {
      const run = await app.start((call) => (has(call, "nap") ? result() : ops([sleep("nap", "2020-01-02T03:04:05.678Z")])));
      await run.ended();
      expect.between((app.calls[1]?.at ?? 0) - (app.calls[0]?.at ?? 0), 0, 900, "the sleep");
    },
    "nobody wakes before a date": async ({ app, expect }) => {
      const until = Date.now() + 1_250;
      const run = await app.start((call) => (has(call, "nap") ? result() : ops([sleep("nap", new Date(until).toISOString())])));
      await run.ended();
      expect.between(app.calls[1]?.at, until, until + 8_000, "the wake-up");
    },
    "dates in other forms": async ({ app, api, expect }) => {
      const day = Math.floor(Date.now() / 86_400_000) * 86_400_000 + 3 * 86_400_000;
      const date = new Date(day);
      const texts = [
        date.toUTCString(),
        date.toISOString().slice(0, 19),
        date.toISOString().slice(0, 10),
        `${date.toISOString().slice(0, 10)} 00:00:00 +0000 UTC`,
      ];
      for (const [index, text] of texts.entries()) {
        const run = await app.start((call) => ops([sleep(`nap ${call.number}`, text)]));
        await app.call(index + 1);
        expect.equal(await api.dueAt(await run.runId()), day, text);
      }
    },
    "366 days are a sleep, more end the run": async ({ app, api, expect }) => {
      const run = await app.start(() => ops([sleep("nap", "366d")]));
      expect.between((await api.dueAt(await run.runId())) - Date.now(), 365.9 * 86_400_000, 366.1 * 86_400_000, "the sleep");
      const over = await (await app.start(() => ops([sleep("nap", "366d1s")]))).ended();
      expect.like(over, { status: "Failed", output: { name: "InngestErrTimeoutTooLong" } });
    },
    "what is neither duration nor date is an error that says so": async ({ app, expect }) => {
      const run = await (await app.start(() => ops([sleep("nap", "a while")]))).ended();
      expect.equal(run.status, "Failed");
      expect.matches(JSON.stringify(run.output), /a while/);
    },
    "the call after a sleep that fails is tried again, and the sleep is not slept again": async ({ app, expect }) => {
      const run = await app.start(
        (call) => {
          if (!has(call, "nap")) return ops([sleep("nap", "20ms")]);
          return call.number === 2 ? thrown("once", soon) : result();
        },
        { retries: 1 },
      );
      expect.like(await run.ended(), { status: "Completed" });
      expect.equal(
        app.calls.map(({ body }) => body.ctx.attempt),
        [0, 0, 1],
      );
      expect.equal(app.calls[2]?.body.ctx.stack.stack, [idOf("nap")]);
    },
  }),
  ...rule("8.13", {
    "DiscoveryRequest brings one more call": async ({ app, expect }) => {
      const request = (n: number): Op => ({ op: "DiscoveryRequest", id: idOf(`discovery-request-${n}`) });
      const run = await app.start((call) => (call.number < 3 ? ops([request(call.number)]) : result("end")));
      expect.like(await run.ended(), { status: "Completed", output: "end" });
      expect.equal(
        app.calls.map(({ stepId }) => stepId),
        ["step", "step", "step"],
      );
      expect.equal(app.calls[2]?.body.ctx.stack.stack, []);
    },
  }),
  ...rule("8.14", {
    "DeferAdd and DeferAbort are taken, and do not count as steps": async ({ app, expect }) => {
      const add = anyOp("DeferAdd", "later", { opts: { fn_slug: app.slug("x"), input: { n: 1 } } });
      const abort = anyOp("DeferAbort", "abort", { opts: { target_hashed_id: idOf("later") } });
      const run = await app.start((call) => {
        if (!has(call, "a")) return ops([add, stepRun("a", 1)]);
        return has(call, "b") ? ops([abort, runComplete("end")]) : ops([stepRun("b", 1)]);
      });
      expect.like(await run.ended(), { status: "Completed", output: "end" });
      expect.equal(
        app.calls.map(({ body }) => body.ctx.disable_immediate_execution),
        [false, false, false],
      );
      expect.equal(app.calls[2]?.body.ctx.stack.stack, [idOf("a"), idOf("b")]);
    },
  }),
];
