import { at } from "../api.ts";
import { has } from "../app.ts";
import { rule } from "../conformance-case.ts";
import { anyOp, idOf, ops, planned, result, soon, stepRun, thrown } from "../reply.ts";

type Op = Readonly<Record<string, unknown>>;

/** As TypeScript sends it: the event's name stands in `name`. */
const wait = (id: string, event: string, opts: Op = {}): Op => anyOp("WaitForEvent", id, { name: event, opts: { timeout: "1h", ...opts } });

export const waitCases = [
  ...rule("8.7", {
    "the event becomes the result, as it is": async ({ app, api, expect }) => {
      const run = await app.start((call) => (has(call, "w") ? result(call.body.steps[idOf("w")]) : ops([wait("w", app.event("ok"))])));
      await app.call(1);
      const event = { name: app.event("ok"), id: `${app.name}-e`, data: { id: 7 }, ts: 1_743_130_137_367 };
      await api.send(event);
      expect.equal((await run.ended()).output, { ...event, user: {} });
      expect.equal(app.calls[1]?.body.ctx.stack.stack, [idOf("w")]);
      expect.equal(app.calls[1]?.body.ctx.attempt, 0);
    },
    "opts.event is looked at first": async ({ app, api, expect }) => {
      const run = await app.start((call) => (has(call, "w") ? result("met") : ops([wait("w", "w", { event: app.event("ok") })])));
      await app.call(1);
      await api.send({ name: app.event("ok") });
      expect.equal((await run.ended()).output, "met");
    },
    "a timeout is null, never early": async ({ app, expect }) => {
      const run = await app.start((call) =>
        has(call, "w") ? result(call.body.steps[idOf("w")]) : ops([wait("w", app.event("ok"), { timeout: "1s" })]),
      );
      expect.like(await run.ended(), { status: "Completed", output: null });
      expect.between((app.calls[1]?.at ?? 0) - (app.calls[0]?.at ?? 0), 1_000, 9_000, "the wait");
    },
    "a timeout may be an instant": async ({ app, expect }) => {
      const at = Date.now() + 1_100;
      const timeout = new Date(at).toISOString();
      const run = await app.start((call) => (has(call, "w") ? result() : ops([wait("w", app.event("ok"), { timeout })])));
      await run.ended();
      expect.between(app.calls[1]?.at, at, at + 8_000, "the end of the wait");
    },
    "an empty timeout, and one that has passed, is over at once": async ({ app, expect }) => {
      for (const timeout of ["", "2020-01-02T03:04:05Z"]) {
        const run = await app.start((call) =>
          has(call, "w") ? result(call.body.steps[idOf("w")]) : ops([wait("w", app.event("ok"), { timeout })]),
        );
        expect.like(await run.ended(), { status: "Completed", output: null }, timeout);
      }
    },
    "more than 366 days fail the run": async ({ app, expect }) => {
      const run = await app.start(() => ops([wait("w", app.event("ok"), { timeout: "367d" })]), { retries: 3 });
      expect.like(await run.ended(), { status: "Failed", output: { name: "InngestErrTimeoutTooLong" } });
    },
    "the condition sees the trigger as event and the candidate as async": async ({ app, api, expect }) => {
      const run = await app.start(
        (call) =>
          has(call, "w")
            ? result(call.body.steps[idOf("w")])
            : ops([wait("w", app.event("ok"), { if: "event.data.id == async.data.id && async.data.n > 1" })]),
        { event: { data: { id: "x" } } },
      );
      await app.call(1);
      await api.send([{ id: "y", n: 2 }, { id: "x", n: 1 }, { n: 2 }, { id: "x", n: 3 }].map((data) => ({ name: app.event("ok"), data })));
      expect.like((await run.ended()).output, { data: { id: "x", n: 3 } });
    },
    "a path that is missing on both sides does not match": async ({ app, api, expect }) => {
      const opts = { if: "event.data.id == async.data.id", timeout: "1s" };
      const run = await app.start((call) =>
        has(call, "w") ? result(call.body.steps[idOf("w")]) : ops([wait("w", app.event("ok"), opts)]),
      );
      await app.call(1);
      await api.send({ name: app.event("ok") });
      expect.equal((await run.ended()).output, null);
    },
    "a condition that does not compile fails the run at once": async ({ app, expect }) => {
      const run = await app.start(() => ops([wait("w", app.event("ok"), { if: "event.data." })]), { retries: 3 });
      expect.equal((await run.ended()).status, "Failed");
      expect.equal(app.calls.length, 1);
    },
    "names are met exactly: a wildcard, which no event would meet, fails the run at once": async ({ app, expect }) => {
      const run = await app.start(() => ops([wait("w", `${app.name}/*`, { timeout: "1s" })]), { retries: 3 });
      expect.like(await run.ended(), { status: "Failed", output: { name: "InvalidEventName" } });
      expect.equal(app.calls.length, 1);
    },
    "an event accepted while the call was under way counts, one from before it does not": async ({ app, api, expect }) => {
      const run = await app.start(async (call) => {
        if (has(call, "w")) return result(call.body.steps[idOf("w")]);
        await api.send({ name: app.event("ok"), data: { during: true } });
        return ops([wait("w", app.event("ok"))]);
      });
      expect.like((await run.ended()).output, { data: { during: true } });
      const [early = ""] = await api.send({ name: app.event("early") });
      expect.ok(early !== "", "sent before the run");
      const second = await app.start((call) =>
        has(call, "w") ? result(call.body.steps[idOf("w")]) : ops([wait("w", app.event("early"), { timeout: "1s" })]),
      );
      expect.equal((await second.ended()).output, null);
    },
    "the event that started the run does not count": async ({ app, expect }) => {
      const run = await app.start((call) =>
        has(call, "w") ? result(call.body.steps[idOf("w")]) : ops([wait("w", app.event(), { timeout: "1s" })]),
      );
      expect.equal((await run.ended()).output, null);
    },
    "one event ends every wait for it, in every run": async ({ app, api, expect }) => {
      await app.register([
        {
          script: (call) =>
            has(call, "w") && has(call, "v") ? result("met") : ops([wait("w", app.event("ok")), wait("v", app.event("ok"))]),
        },
      ]);
      const ids = await api.send([{ name: app.event() }, { name: app.event() }]);
      await app.call(2);
      await api.send({ name: app.event("ok") });
      for (const id of ids) expect.equal((await api.ended(id)).output, "met");
    },
    "a wait reported again is the first one": async ({ app, api, expect }) => {
      const headers = { "x-inngest-req-version": "1" };
      const run = await app.start((call) => {
        if (call.stepId !== "step") return ops([stepRun("a", 1)], headers);
        if (has(call, "w")) return result(call.body.steps[idOf("w")]);
        return ops(has(call, "a") ? [wait("w", app.event("other"))] : [wait("w", app.event("ok")), planned("a")], headers);
      });
      await app.call(3);
      await api.send([{ name: app.event("other") }, { name: app.event("ok") }]);
      expect.like((await run.ended()).output, { name: app.event("ok") });
    },
    "a wait stands before its siblings run: one of them may send its event": async ({ app, api, expect }) => {
      const run = await app.start(async (call) => {
        if (call.stepId === idOf("send")) {
          await api.send({ name: app.event("ok"), data: { sent: true } });
          return ops([stepRun("send", 1)]);
        }
        return has(call, "w") && has(call, "send")
          ? result(call.body.steps[idOf("w")])
          : ops([planned("send"), wait("w", app.event("ok"))]);
      });
      expect.like((await run.ended()).output, { data: { sent: true } });
    },
    "the call after a wait is tried again like any": async ({ app, api, expect }) => {
      const run = await app.start(
        (call) => {
          if (!has(call, "w")) return ops([wait("w", app.event("ok"))]);
          return call.number === 2 ? thrown("once", soon) : result("end");
        },
        { retries: 1 },
      );
      await app.call(1);
      await api.send({ name: app.event("ok") });
      expect.like(await run.ended(), { status: "Completed", output: "end" });
      expect.equal(
        app.calls.map(({ body }) => body.ctx.attempt),
        [0, 0, 1],
      );
    },
    "an event of the future counts at once": async ({ app, api, expect }) => {
      const run = await app.start((call) => (has(call, "w") ? result("met") : ops([wait("w", app.event("ok"))])));
      await app.call(1);
      await api.send({ name: app.event("ok"), ts: Date.now() + 3_600_000 });
      expect.equal((await run.ended()).output, "met");
    },
    "events of the server's own can be awaited": async ({ app, api, expect }) => {
      const finished = "inngest/function.finished";
      const condition = { if: `async.data.function_id == '${app.slug("other")}'` };
      await app.register([
        {
          script: (call) =>
            has(call, "w") ? result(at(call.body.steps[idOf("w")], "data", "result")) : ops([wait("w", finished, condition)]),
        },
        { id: "other", triggers: [{ event: app.event("other") }], script: () => result("other's result") },
      ]);
      const [eventId = ""] = await api.send({ name: app.event() });
      await app.call(1);
      await api.send({ name: app.event("other") });
      expect.equal((await api.ended(eventId)).output, "other's result");
    },
    "a wait keeps its place beside steps: the group is done when both are": async ({ app, api, expect }) => {
      const run = await app.start((call) => {
        if (call.stepId !== "step") return ops([stepRun("a", 1)]);
        return has(call, "a") && has(call, "w") ? result("both") : ops([planned("a"), wait("w", app.event("ok"))]);
      });
      await app.call(2);
      await api.send({ name: app.event("ok") });
      expect.equal((await run.ended()).output, "both");
      expect.equal(app.calls.length, 3);
    },
    "an event without a name to wait for is an error": async ({ app, expect }) => {
      expect.like(await (await app.start(() => ops([wait("w", "")]))).ended(), { status: "Failed" });
    },
  }),
  ...rule("8.19", {
    "lookback meets an event from before the wait": async ({ app, api, expect }) => {
      await api.send({ name: app.event("early"), data: { n: 1 } });
      await api.send({ name: app.event("early"), data: { n: 2 } });
      const run = await app.start((call) =>
        has(call, "w") ? result(call.body.steps[idOf("w")]) : ops([wait("w", app.event("early"), { lookback: "1m" })]),
      );
      expect.like((await run.ended()).output, { data: { n: 2 } });
    },
    "a lookback through more than a thousand events is refused": async ({ app, api, expect }) => {
      const many = Array.from({ length: 1_001 }, (_, n) => ({ name: app.event("many"), data: { n } }));
      await api.send(many);
      const run = await app.start((call) =>
        has(call, "w") ? result(call.body.steps[idOf("w")]) : ops([wait("w", app.event("many"), { lookback: "1h" })]),
      );
      expect.like((await run.ended()).output, { error: { name: "LookbackTooWide" } });
    },
    "StepCancel drops what lost: nothing of it holds the run up": async ({ app, expect }) => {
      const race = { opts: { parallelMode: "race", timeout: "1h" } };
      const run = await app.start((call) => {
        if (call.stepId !== "step") return ops([stepRun(call.stepId === idOf("quick") ? "quick" : "next", 1)]);
        if (!has(call, "quick")) return ops([planned("quick", race), anyOp("WaitForEvent", "w", { name: app.event("never"), ...race })]);
        return has(call, "next") ? result("end") : ops([anyOp("StepCancel", "cancel", { opts: { ids: [idOf("w")] } }), planned("next")]);
      });
      expect.like(await run.ended(), { status: "Completed", output: "end" });
    },
  }),
];
