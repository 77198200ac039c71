import { at } from "../api.ts";
import { has } from "../app.ts";
import { type Check, rule } from "../conformance-case.ts";
import { final, idOf, ops, type Reply, result, soon, stepError, stepFailed, stepRun, thrown } from "../reply.ts";

/** The second call comes no sooner than the header says, and not much later. */
function comesAfter(header: () => string, fromMs: number, toMs: number): Check {
  return async ({ app, expect }) => {
    let failedAt = 0;
    const run = await app.start(
      (call) => {
        if (call.number > 1) return result();
        failedAt = Date.now();
        return thrown("once", { "retry-after": header() });
      },
      { retries: 1 },
    );
    expect.like(await run.ended(), { status: "Completed" });
    expect.between((app.calls[1]?.at ?? 0) - failedAt, fromMs, toMs, "the delay");
  };
}

/** How long until the second call, by the queue. */
function isDueAfter(first: () => Reply, fromMs: number, toMs: number): Check {
  return async ({ app, api, expect }) => {
    const run = await app.start(() => first(), { retries: 3 });
    const called = (await app.call(1)).at;
    expect.between((await api.dueAt(await run.runId())) - called, fromMs, toMs, "the delay");
    await api.delete(`/v1/runs/${await run.runId()}`);
  };
}

const day = 86_400_000;

export const retryCases = [
  ...rule("7.8", {
    seconds: comesAfter(() => "1", 1_000, 8_000),
    "an RFC 3339 instant, never before it": comesAfter(() => new Date(Date.now() + 1_300).toISOString(), 1_290, 8_000),
    "less than a second is a second": comesAfter(() => new Date(Date.now() + 50).toISOString(), 1_000, 8_000),
    "more than a day is a day": isDueAfter(() => thrown("x", { "retry-after": "999999" }), day - 1_000, day + 5_000),
    "an HTTP date": isDueAfter(() => thrown("x", { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() }), 3_598_000, 3_605_000),
    "a date without a zone is UTC": isDueAfter(
      () => thrown("x", { "retry-after": new Date(Date.now() + 3_600_000).toISOString().slice(0, 19) }),
      3_598_000,
      3_605_000,
    ),
    "it holds for a step error too": async ({ app, api, expect }) => {
      const run = await app.start(() => ops([stepError("a", "m")], { "retry-after": "7200" }), { retries: 3 });
      expect.between((await api.dueAt(await run.runId())) - (await app.call(1)).at, 7_200_000, 7_205_000, "the delay");
      await api.delete(`/v1/runs/${await run.runId()}`);
    },
  }),
  ...rule(
    "7.8",
    {
      "what cannot be read is ignored": isDueAfter(() => thrown("x", { "retry-after": "in a while" }), 15_000, 46_000),
    },
    ["table_retries"],
  ),
  ...rule("9.1", {
    "attempts are retries and one, and the last failure ends the run": async ({ app, expect }) => {
      const run = await app.start((call) => thrown(`failure ${call.number}`, soon), { retries: 2 });
      expect.like(await run.ended(), { status: "Failed", output: { message: "failure 3" } });
      expect.equal(
        app.calls.map(({ body }) => [body.ctx.attempt, body.ctx.max_attempts]),
        [
          [0, 3],
          [1, 3],
          [2, 3],
        ],
      );
    },
    "no retries: one attempt": async ({ app, expect }) => {
      expect.like(await (await app.start(() => thrown("once"), { retries: 0 })).ended(), { status: "Failed" });
      expect.equal(app.calls.length, 1);
    },
    "errors of the function and of its steps share the count of their place": async ({ app, expect }) => {
      const run = await app.start(
        (call) => (call.number === 1 ? thrown("x", soon) : has(call, "a") ? result(call.body.steps) : ops([stepError("a", "m")], soon)),
        { retries: 1 },
      );
      expect.like((await run.ended()).output, { [idOf("a")]: { error: { message: "m" } } });
      expect.equal(
        app.calls.map(({ body }) => body.ctx.attempt),
        [0, 1, 0],
      );
    },
  }),
  ...rule(
    "9.2",
    {
      "the first failure waits 15 to 45 seconds": isDueAfter(() => thrown("x"), 15_000, 46_000),
      "so does the first of a step": isDueAfter(() => ops([stepError("a", "m")]), 15_000, 46_000),
      "the second waits 30 to 60 seconds": async ({ app, api, expect }) => {
        const run = await app.start((call) => thrown("x", call.number === 1 ? soon : {}), { retries: 3 });
        const second = (await app.call(2)).at;
        expect.between((await api.dueAt(await run.runId())) - second, 30_000, 61_000, "the delay");
        await api.delete(`/v1/runs/${await run.runId()}`);
      },
    },
    ["table_retries"],
  ),
  ...rule(
    "9.2",
    {
      "a fixed interval takes the place of the table": async ({ app, api, expect }) => {
        const run = await app.start((call) => (call.number < 4 ? thrown("x") : result()), { retries: 5 });
        expect.like(await run.ended(), { status: "Completed" });
        const interval = api.target.retryIntervalMs ?? 0;
        const gaps = app.calls.slice(1).map(({ at: time }, index) => time - (app.calls[index]?.at ?? 0));
        for (const gap of gaps) expect.between(gap, interval - 1, interval + 8_000, "the delay");
      },
    },
    ["quick_retries"],
  ),
  ...rule("9.3", {
    "an error, attempts left: the same place again": async ({ app, expect }) => {
      const run = await app.start((call) => (call.number === 1 ? thrown("x", soon) : result("end")), { retries: 1 });
      expect.like(await run.ended(), { status: "Completed", output: "end" });
      expect.equal(app.calls[1]?.body.ctx.stack.stack, app.calls[0]?.body.ctx.stack.stack);
    },
    "an error, none left: the run has failed": async ({ app, expect }) => {
      expect.like(await (await app.start(() => thrown("m"))).ended(), { status: "Failed", output: { message: "m" } });
    },
    "a step error, attempts left: nothing is saved": async ({ app, expect }) => {
      const run = await app.start((call) => (call.number === 1 ? ops([stepError("a", "m")], soon) : result(call.body.steps)), {
        retries: 1,
      });
      expect.equal((await run.ended()).output, {});
    },
    "a reply of an ended run is ignored": async ({ app, api, expect }) => {
      const run = await app.start(async (call) => {
        await api.delete(`/v1/runs/${call.body.ctx.run_id}`);
        return result("too late");
      });
      const ended = await run.ended();
      expect.equal(ended.status, "Cancelled");
      expect.equal((await api.run(ended.run_id)).output, {});
    },
  }),
  ...rule("9.4", {
    "the last step error becomes the step's result by the server's own count": async ({ app, expect }) => {
      const run = await app.start(
        (call) =>
          has(call, "a") ? result(at(call.body.steps[idOf("a")], "error", "message")) : ops([stepError("a", `m${call.number}`)], soon),
        { retries: 1 },
      );
      expect.like(await run.ended(), { status: "Completed", output: "m2" });
      expect.equal(
        app.calls.map(({ body }) => body.ctx.attempt),
        [0, 1, 0],
      );
    },
    "a step's failure that nobody catches fails the run": async ({ app, expect }) => {
      const run = await app.start((call) => (has(call, "a") ? thrown("uncaught", final, 400) : ops([stepFailed("a", "m")])), {
        retries: 3,
      });
      expect.like(await run.ended(), { status: "Failed", output: { message: "uncaught" } });
      expect.equal(app.calls.length, 2);
    },
    "one that is caught does not": async ({ app, expect }) => {
      const run = await app.start((call) => {
        if (!has(call, "a")) return ops([stepFailed("a", "m")]);
        return has(call, "b") ? result("caught") : ops([stepRun("b", 1)]);
      });
      expect.like(await run.ended(), { status: "Completed", output: "caught" });
    },
  }),
  ...rule("8.19", {
    "retryAfterMs of a step error is its delay, unclamped; it wins over the header": async ({ app, expect }) => {
      const run = await app.start(
        (call) => (call.number < 3 ? ops([stepError("a", "m", { opts: { retryAfterMs: 0 } })], { "retry-after": "3600" }) : result()),
        { retries: 3 },
      );
      expect.like(await run.ended(), { status: "Completed" });
      expect.between((app.calls[2]?.at ?? 0) - (app.calls[0]?.at ?? 0), 0, 5_000, "both delays");
    },
  }),
  ...rule("9.8", {
    "DELETE cancels: 200 of /v1 with no body, 204 of /v0": async ({ app, api, expect }) => {
      for (const [version, status] of [
        ["v1", 200],
        ["v0", 204],
      ] as const) {
        const run = await app.start(() => ops([{ op: "Sleep", id: "nap", name: "1h" }]));
        const answer = await api.delete(`/${version}/runs/${await run.runId()}`);
        expect.equal([answer.status, answer.text], [status, ""]);
        expect.like(await run.ended(), { status: "Cancelled" });
      }
    },
    "a run that has ended stays as it is": async ({ app, api, expect }) => {
      const { run_id } = await (await app.start(() => result("end"))).ended();
      expect.equal((await api.delete(`/v1/runs/${run_id}`)).status, 200);
      expect.like(await api.run(run_id), { status: "Completed", output: "end" });
    },
    "an unknown run is 404": async ({ api, expect }) => {
      const answer = await api.delete("/v1/runs/01JQDAE4RQF8MBCR55T5AK4KXR");
      expect.equal([answer.status, at(answer.json, "status")], [404, 404]);
    },
    "nothing of a cancelled run is called any more": async ({ app, api, expect }) => {
      const run = await app.start((call) => (call.number === 1 ? ops([{ op: "Sleep", id: "nap", name: "3s" }]) : result()));
      await app.call(1);
      await api.delete(`/v1/runs/${await run.runId()}`);
      const { run_id } = await run.ended();
      const jobs = await api.get(`/v1/runs/${run_id}/jobs`);
      expect.equal(at(jobs.json, "data"), []);
      expect.equal(app.calls.length, 1);
    },
  }),
];
