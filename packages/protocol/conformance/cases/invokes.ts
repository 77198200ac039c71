import { at } from "../api.ts";
import { type App, type FunctionOptions, has, type Script } from "../app.ts";
import { type Context, rule } from "../conformance-case.ts";
import { anyOp, final, idOf, ops, result, thrown } from "../reply.ts";
import { until } from "../until.ts";

type Op = Readonly<Record<string, unknown>>;

const invoke = (slug: string, opts: Op = {}): Op =>
  anyOp("InvokeFunction", "i", { opts: { function_id: slug, payload: { data: { n: 1 } }, ...opts } });

/** What the caller's step remembers of a child that answers so. */
async function invokes({ app, api }: Context, child: Script, options: FunctionOptions = {}, opts: Op = {}): Promise<unknown> {
  await app.register([
    { script: (call) => (has(call, "i") ? result(call.body.steps[idOf("i")]) : ops([invoke(app.slug("child"), opts)])) },
    { id: "child", triggers: [], script: child, ...options },
  ]);
  const [eventId = ""] = await api.send({ name: app.event() });
  return (await api.ended(eventId)).output;
}

const callOfChild = (app: App): unknown => app.calls.find(({ fn }) => fn === "child")?.body.event;

export const invokeCases = [
  ...rule("8.9", {
    "the child's result is the step's": async (context) => {
      context.expect.equal(await invokes(context, () => result({ a: 1 })), { data: { a: 1 } });
    },
    "nothing returned is null": async (context) => context.expect.equal(await invokes(context, () => result(null)), { data: null }),
    "the child gets an invoked event with the payload's data, and who asks": async (context) => {
      const { app, expect } = context;
      await invokes(context, () => result());
      const event = callOfChild(app);
      expect.like(event, { name: "inngest/function.invoked", data: { n: 1, _inngest: { fn_id: app.slug("child") } } });
      const { run_id } = app.calls[0]?.body.ctx ?? {};
      expect.equal(at(event, "data", "_inngest", "correlation_id"), `${run_id}.${idOf("i")}`);
    },
    "a payload that is missing or empty is {}": async (context) => {
      for (const payload of [undefined, null, {}])
        context.expect.equal(await invokes(context, () => result("ok"), {}, { payload }), { data: "ok" });
    },
    "the child's failure is the step's error": async (context) => {
      const memo = await invokes(context, () => thrown("child broke", final));
      context.expect.like(memo, { error: { message: "child broke" } });
    },
    "the function may be named by its UUID": async (context) => {
      const { app, api, expect } = context;
      await app.register([{ id: "child", script: () => result("by uuid") }]);
      await api.ended((await api.send({ name: app.event() }))[0] ?? "");
      const uuid = (await app.call(1)).body.ctx.fn_id;
      expect.equal(await invokes(context, () => result("by uuid"), {}, { function_id: uuid }), { data: "by uuid" });
    },
    "a function with triggers of its own is invoked alone, whatever they are": async (context) => {
      const { app, expect } = context;
      await invokes(context, () => result(), { triggers: [{ event: app.event("other"), expression: "false" }] });
      expect.equal(app.calls.map(({ fn }) => fn).sort(), ["child", "f", "f"]);
    },
    "a function with a trigger on invokes is started beside the invoked one, which runs once": async ({ app, api, expect }) => {
      const triggers = [{ event: "inngest/function.invoked", expression: `event.data._inngest.fn_id == '${app.slug("child")}'` }];
      await app.register([
        { script: (call) => (has(call, "i") ? result(call.body.steps[idOf("i")]) : ops([invoke(app.slug("child"))])) },
        { id: "child", triggers, script: () => result("invoked") },
        { id: "listens", triggers, script: () => result("heard") },
      ]);
      const run = await api.ended((await api.send({ name: app.event() }))[0] ?? "");
      expect.equal(run.output, { data: "invoked" });
      const heard = await until("the run of the listener", async () => app.calls.find(({ fn }) => fn === "listens"));
      expect.like(heard.body.event, { name: "inngest/function.invoked", data: { n: 1 } });
      await api.post(`/invoke/${app.slug("child")}`, { data: { n: 2 } });
      await until("two runs of each", async () => (app.calls.length >= 6 ? true : undefined));
      expect.equal(app.calls.map(({ fn }) => fn).sort(), ["child", "child", "f", "f", "listens", "listens"]);
    },
    "an unknown function is an error at once": async ({ app, expect }) => {
      const run = await app.start((call) => (has(call, "i") ? result(call.body.steps[idOf("i")]) : ops([invoke("no-such-function")])));
      expect.matches(JSON.stringify((await run.ended()).output), /no-such-function/);
    },
    "a timeout is an error of its own name; the child goes on": async (context) => {
      const { app, api, expect } = context;
      const memo = await invokes(context, () => ops([{ op: "Sleep", id: "nap", name: "1h" }]), {}, { timeout: "1s" });
      expect.like(memo, { error: { name: "InngestInvokeTimeoutError", message: "Timed out waiting for invoked function to complete" } });
      const child = app.calls.find(({ fn }) => fn === "child")?.body.ctx.run_id ?? "";
      expect.equal((await api.run(child)).ended_at, null);
      await api.delete(`/v1/runs/${child}`);
    },
    "a cancelled child is an error, not its event": async (context) => {
      const memo = await invokes(context, async (call) => {
        await context.api.delete(`/v1/runs/${call.body.ctx.run_id}`);
        return result("too late");
      });
      context.expect.matches(at(memo, "error", "message"), /cancel/i);
    },
    "one child, however often the step is reported": async (context) => {
      const { app, expect } = context;
      await invokes(context, () => result());
      expect.equal(app.calls.filter(({ fn }) => fn === "child").length, 1);
    },
    "the end of the caller leaves the child alone": async ({ app, api, expect }) => {
      await app.register([
        { script: () => ops([invoke(app.slug("child"))]) },
        {
          id: "child",
          triggers: [],
          script: (call) => (has(call, "nap") ? result("done") : ops([anyOp("Sleep", "nap", { name: "700ms" })])),
        },
      ]);
      const [eventId = ""] = await api.send({ name: app.event() });
      const child = (await app.call(2)).body.ctx.run_id;
      await api.delete(`/v1/runs/${(await api.runsOf(eventId))[0]?.run_id}`);
      await app.call(3);
      expect.ok((await api.run(child)).status !== "Cancelled", "the child was not cancelled");
    },
  }),
  ...rule("8.19", {
    "propagateCancel: the end of the caller cancels the child": async ({ app, api, expect }) => {
      await app.register([
        { script: () => ops([invoke(app.slug("child"), { propagateCancel: true })]) },
        { id: "child", triggers: [], script: () => ops([anyOp("Sleep", "nap", { name: "1h" })]) },
      ]);
      const [eventId = ""] = await api.send({ name: app.event() });
      const child = (await app.call(2)).body.ctx.run_id;
      await api.delete(`/v1/runs/${(await api.runsOf(eventId))[0]?.run_id}`);
      const ended = await until("the end of the child", async () => {
        const run = await api.run(child);
        return run.ended_at === null ? undefined : run;
      });
      expect.equal(ended.status, "Cancelled");
    },
  }),
];
