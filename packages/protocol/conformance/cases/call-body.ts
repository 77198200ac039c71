import { at } from "../api.ts";
import { has, type Script } from "../app.ts";
import { rule } from "../conformance-case.ts";
import { idOf, ops, planned, result, soon, stepRun, thrown } from "../reply.ts";

const twoSteps: Script = (call) => {
  if (!has(call, "a")) return ops([stepRun("a", 42)]);
  return has(call, "b") ? result() : ops([stepRun("b", null)]);
};
const large = "x".repeat(2_500_000);
/** Two results that do not fit into one call together. */
const largeState: Script = (call) => {
  if (call.number === 1) return ops([stepRun("b", large)]);
  if (call.number === 2) return ops([stepRun("a", large)]);
  return result();
};

export const callBodyCases = [
  ...rule("6.1", {
    "the function's own query stays, stepId is set": async ({ app, expect }) => {
      await (await app.start(() => result(), { query: "step=step&tenant=a%2Fb&x=1" })).ended();
      const { url } = await app.call(1);
      expect.equal(Object.fromEntries(url.searchParams), { fnId: app.slug(), step: "step", tenant: "a/b", x: "1", stepId: "step" });
    },
    "a call is a POST to the address of the function": async ({ app, expect }) => {
      await (await app.start(() => result())).ended();
      expect.equal((await app.call(1)).url.pathname, "/api/inngest");
    },
  }),
  ...rule("6.2", {
    "the first call has every field": async ({ app, expect }) => {
      const run = await (await app.start(() => result(), { retries: 4, event: { data: { n: 1 } } })).ended();
      const { ctx, event, ...body } = (await app.call(1)).body;
      expect.equal(body, { defers: {}, events: [event], steps: {}, use_api: false, version: -1 });
      expect.like(ctx, {
        attempt: 0,
        disable_immediate_execution: false,
        env: "",
        max_attempts: 5,
        run_id: run.run_id,
        stack: { current: 0, stack: [] },
        step_id: "step",
        use_api: false,
      });
      const rest = ["fn_id", "job_id", "qi_id", "request_id"];
      for (const key of rest) expect.ok(typeof ctx[key] === "string" && ctx[key] !== "", `${key} is a text`);
      expect.equal(ctx["generation_id"], undefined, "the body has no generation");
    },
    "steps and stack hold what was saved, in the order of the saves": async ({ app, expect }) => {
      await (await app.start(twoSteps)).ended();
      const { ctx, steps } = (await app.call(3)).body;
      expect.equal(ctx.stack.stack, [idOf("a"), idOf("b")]);
      expect.between(ctx.stack.current, 0, 2, "the place in the stack");
      expect.equal(steps, { [idOf("a")]: { data: 42 }, [idOf("b")]: { data: null } });
    },
    "a call for one step has its id in the query alone": async ({ app, expect }) => {
      const run = await app.start((call) => {
        if (call.stepId !== "step") return ops([{ ...stepRun("a", 1), id: call.stepId }]);
        return call.number === 1 ? ops([planned("a"), planned("b")]) : result();
      });
      await run.ended();
      for (const { body } of app.calls) expect.equal(body.ctx["step_id"], "step");
    },
  }),
  ...rule("6.3", {
    "a saved step puts the attempt back to 0": async ({ app, expect }) => {
      const run = await app.start(
        (call) => {
          if (call.number === 1) return thrown("once", soon);
          if (call.number === 2) return ops([stepRun("a", 1)]);
          return call.number === 3 ? thrown("again", soon) : result();
        },
        { retries: 1 },
      );
      expect.like(await run.ended(), { status: "Completed" });
      expect.equal(
        app.calls.map(({ body }) => body.ctx.attempt),
        [0, 1, 0, 1],
      );
    },
  }),
  ...rule("6.4", {
    "state over 4 MiB is fetched: the events as a list, the results in the order of the stack": async ({ app, api, expect }) => {
      let fetched: readonly unknown[] = [];
      let order: readonly string[] = [];
      const run = await app.start(async (call) => {
        if (call.number === 3) {
          const { run_id } = call.body.ctx;
          const [events, actions] = await Promise.all([api.get(`/v0/runs/${run_id}/batch`), api.get(`/v0/runs/${run_id}/actions`)]);
          fetched = [events.status, actions.status, at(events.json, 0, "name")];
          order = Object.keys(actions.json as object);
          const [a, b] = ["a", "b"].map((id) => String(at(actions.json, idOf(id), "data")).length);
          return result([a, b]);
        }
        return largeState(call);
      });
      expect.equal((await run.ended()).output, [large.length, large.length]);
      const { body } = await app.call(3);
      expect.equal([body["use_api"], body.ctx["use_api"], body.steps], [true, true, {}]);
      expect.equal(body.event["name"], app.event());
      expect.equal(body.ctx.stack.stack, [idOf("b"), idOf("a")]);
      expect.equal(fetched, [200, 200, app.event()]);
      expect.equal(order, [idOf("b"), idOf("a")]);
    },
    "an event that fits into a call only once stands in it once": async ({ app, api, expect }) => {
      let listed: unknown;
      const run = await app.start(
        async (call) => {
          listed = (await api.get(`/v0/runs/${call.body.ctx.run_id}/batch`)).json;
          return result();
        },
        { event: { data: { text: large } } },
      );
      await run.ended();
      const { text, body } = await app.call(1);
      expect.between(text.length, large.length, 4 * 1_024 * 1_024, "the length of the call");
      expect.equal([body["use_api"], body.events], [true, []]);
      expect.equal(
        [String(at(body.event, "data", "text")).length, String(at(listed, 0, "data", "text")).length],
        [large.length, large.length],
      );
    },
    "an app on Go gets everything inline": async ({ app, api, expect }) => {
      await app.register([{ script: largeState }], { sdk: "go:v0.15.1" });
      const [eventId = ""] = await api.send({ name: app.event() });
      await api.ended(eventId);
      const { body } = await app.call(3);
      expect.equal([body["use_api"], Object.keys(body.steps).length], [false, 2]);
    },
    "the state of a run that has ended is gone": async ({ app, api, expect }) => {
      const { run_id } = await (await app.start(() => result())).ended();
      for (const what of ["batch", "actions"]) {
        const answer = await api.get(`/v0/runs/${run_id}/${what}`);
        expect.equal(answer.status, 410);
        expect.like(answer.json, { error: `runtime state is no longer available for runID: ${run_id}`, data: null, status: 410 });
        const bad = await api.get(`/v0/runs/nonsense/${what}`);
        expect.equal([bad.status, at(bad.json, "status")], [400, 400]);
      }
    },
  }),
  ...rule("6.5", {
    "the SDK chooses: -1 until its first progress, then what it said": async ({ app, expect }) => {
      const run = await app.start(
        (call) => {
          if (call.number === 1) return thrown("once", { ...soon, "x-inngest-req-version": "1" });
          return has(call, "a") ? result() : ops([stepRun("a", 1)], { "x-inngest-req-version": "2" });
        },
        { retries: 1 },
      );
      await run.ended();
      expect.equal(
        app.calls.map(({ body }) => body.version),
        [-1, -1, 2],
      );
      expect.equal(
        app.calls.map(({ headers }) => headers["x-inngest-req-version"]),
        ["-1", "-1", "2"],
      );
    },
    "version 1 stays 1": async ({ app, expect }) => {
      const run = await app.start((call) => (has(call, "a") ? result() : ops([stepRun("a", 1)], { "x-inngest-req-version": "1" })));
      await run.ended();
      expect.equal(
        app.calls.map(({ body }) => body.version),
        [-1, 1],
      );
    },
    "0 is never sent, whatever the app said": async ({ app, expect }) => {
      for (const version of ["0", "nonsense", ""]) {
        const before = app.calls.length;
        const run = await app.start((call) => (has(call, "a") ? result() : ops([stepRun("a", 1)], { "x-inngest-req-version": version })));
        await run.ended();
        expect.ok(
          app.calls.slice(before).every(({ body }) => [-1, 1, 2].includes(body.version)),
          `a version after "${version}"`,
        );
      }
    },
  }),
];
