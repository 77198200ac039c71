import { at } from "../api.ts";
import { type App, type Call, has, type Script } from "../app.ts";
import { rule } from "../conformance-case.ts";
import { final, ops, result, sleep, thrown } from "../reply.ts";

const listens = (name: string, app: App): readonly unknown[] => [
  { event: `inngest/function.${name}`, expression: `event.data.function_id == '${app.slug()}'` },
];

/** The call of the listener, whose event tells how the function ended. */
async function heard(app: App, ending: string, script: Script, send: () => Promise<unknown>): Promise<Call> {
  await app.register([{ script }, { id: "listener", triggers: listens(ending, app), script: () => result() }]);
  await send();
  for (let number = 1; ; number += 1) {
    const call = await app.call(number);
    if (call.fn === "listener") return call;
  }
}

export const lifecycleCases = [
  ...rule("9.5", {
    "a failure handler is an ordinary function with its trigger, called with the error and the event": async ({ app, api, expect }) => {
      await app.register([
        { script: () => thrown("broke", final) },
        { id: "f-failure", triggers: listens("failed", app), script: (call) => result(call.body.event["data"]) },
      ]);
      const [eventId = ""] = await api.send({ name: app.event(), data: { n: 1 } });
      const { run_id } = await api.ended(eventId);
      const event = (await app.call(2)).body.event;
      expect.like(event, { name: "inngest/function.failed", id: run_id });
      expect.like(event["data"], {
        function_id: app.slug(),
        run_id,
        error: { name: "Error", message: "broke" },
        event: { name: app.event(), data: { n: 1 } },
      });
    },
    "it is its own function's handler and no other's": async ({ app, api, expect }) => {
      await app.register([
        { script: () => result() },
        { id: "f-failure", triggers: listens("failed", app), script: () => result() },
        { id: "other", triggers: [{ event: app.event("other") }], script: () => thrown("broke", final) },
      ]);
      for (const name of ["other", "go"]) await api.ended((await api.send({ name: app.event(name) }))[0] ?? "");
      expect.equal(
        app.calls.map(({ fn }) => fn),
        ["other", "f"],
      );
    },
    "its own failure starts no handler": async ({ app, api, expect }) => {
      const script: Script = () => thrown("broke", final);
      await app.register([
        { script },
        { id: "f-failure", triggers: listens("failed", app), script },
        { id: "last", script: () => result() },
      ]);
      await api.send({ name: app.event() });
      await app.call(3);
      expect.equal(app.calls.filter(({ fn }) => fn === "f-failure").length, 1);
    },
  }),
  ...rule("9.6", {
    "completed: finished, with the result": async ({ app, api, expect }) => {
      const { body } = await heard(
        app,
        "finished",
        () => result({ a: 1 }),
        () => api.send({ name: app.event(), data: { n: 1 } }),
      );
      const data = body.event["data"];
      expect.like(data, {
        function_id: app.slug(),
        result: { a: 1 },
        event: { name: app.event(), data: { n: 1 }, user: {} },
        _inngest: { status: "Completed" },
      });
      expect.equal([at(data, "error"), at(data, "correlation_id")], [undefined, undefined]);
      expect.like(at(data, "events"), [{ name: app.event(), data: { n: 1 } }]);
    },
    "failed: finished with error and result, and failed with the run's id": async ({ app, api, expect }) => {
      const { body } = await heard(
        app,
        "finished",
        () => thrown("broke", final),
        () => api.send({ name: app.event() }),
      );
      expect.like(body.event["data"], { error: { name: "Error", message: "broke" }, _inngest: { status: "Failed" } });
      expect.ok(at(body.event, "data", "result") !== undefined, "the raw output is the result");
    },
    "cancelled: cancelled with the run's id, neither error nor result": async ({ app, api, expect }) => {
      const script: Script = () => ops([sleep("nap", "1h")]);
      const call = await heard(app, "cancelled", script, async () => {
        const [eventId = ""] = await api.send({ name: app.event() });
        await app.call(1);
        await api.delete(`/v1/runs/${(await api.runsOf(eventId))[0]?.run_id}`);
      });
      const { event } = call.body;
      expect.equal(event["id"], at(event, "data", "run_id"));
      expect.like(event["data"], { function_id: app.slug(), _inngest: { status: "Cancelled" } });
      expect.equal([at(event, "data", "error"), at(event, "data", "result")], [undefined, undefined]);
    },
    "the end of a failure handler is told too": async ({ app, api, expect }) => {
      const expression = `event.data.function_id == '${app.slug("f-failure")}'`;
      await app.register([
        { script: () => thrown("broke", final) },
        { id: "f-failure", triggers: listens("failed", app), script: () => result("handled") },
        { id: "listener", triggers: [{ event: "inngest/function.finished", expression }], script: () => result() },
      ]);
      await api.send({ name: app.event() });
      expect.like((await app.call(3)).body.event["data"], { function_id: app.slug("f-failure"), result: "handled" });
    },
    "a listener's own end starts no listener": async ({ app, api, expect }) => {
      await app.register([
        { script: () => result() },
        {
          id: "listener",
          triggers: [{ event: "inngest/function.finished", expression: `event.data.function_id.startsWith('${app.name}-')` }],
          script: () => result(),
        },
      ]);
      await api.send({ name: app.event() });
      await app.call(2);
      const [second = ""] = await api.send({ name: app.event() });
      await api.ended(second);
      await app.call(4);
      expect.equal(app.calls.map(({ fn }) => fn).sort(), ["f", "f", "listener", "listener"]);
    },
  }),
  ...rule("9.7", {
    "the error has a message and a name; the function is told by its slug": async ({ app, api, expect }) => {
      const { body } = await heard(
        app,
        "failed",
        () => thrown("broke", final),
        () => api.send({ name: app.event() }),
      );
      const data = body.event["data"];
      expect.equal(at(data, "function_id"), app.slug());
      for (const key of ["name", "message"]) expect.ok(typeof at(data, "error", key) === "string", key);
    },
  }),
  ...rule("9.8", {
    "cancel: an event that matches cancels the run, another does not": async ({ app, api, expect }) => {
      const cancel = [{ event: app.event("stop"), if: "event.data.id == async.data.id" }];
      const run = await app.start(() => ops([sleep("nap", "1h")]), { event: { data: { id: 1 } }, config: { cancel } });
      await app.call(1);
      await api.send({ name: app.event("stop"), data: { id: 2 } });
      expect.equal((await api.run(await run.runId())).ended_at, null);
      await api.send({ name: app.event("stop"), data: { id: 1 } });
      expect.equal((await run.ended()).status, "Cancelled");
    },
    "the event that starts a run does not cancel it": async ({ app, expect }) => {
      const cancel = [{ event: app.event() }];
      const run = await app.start((call) => (has(call, "nap") ? result("end") : ops([sleep("nap", "300ms")])), { config: { cancel } });
      expect.like(await run.ended(), { status: "Completed", output: "end" });
    },
    "an event from before the run does not cancel it": async ({ app, api, expect }) => {
      await api.send({ name: app.event("stop") });
      const cancel = [{ event: app.event("stop") }];
      const run = await app.start((call) => (has(call, "nap") ? result("end") : ops([sleep("nap", "300ms")])), { config: { cancel } });
      expect.like(await run.ended(), { status: "Completed", output: "end" });
    },
    "timeouts.finish cancels a run that takes too long": async ({ app, expect }) => {
      const run = await app.start(() => ops([sleep("nap", "1h")]), { config: { timeouts: { finish: "1s" } } });
      expect.equal((await run.ended()).status, "Cancelled");
    },
  }),
];
