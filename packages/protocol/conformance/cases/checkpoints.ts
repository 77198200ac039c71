import { type Answer, type Api, at } from "../api.ts";
import type { Call } from "../app.ts";
import { has } from "../app.ts";
import { rule } from "../conformance-case.ts";
import { anyOp, idOf, ops, planned, result, runComplete, sleep, soon, stepError, stepFailed, stepRun, thrown } from "../reply.ts";

type Body = Readonly<Record<string, unknown>>;

/** As TypeScript's SDK posts what it has finished. */
function save(api: Api, call: Call, steps: unknown, more: Body = {}): Promise<Answer> {
  const { run_id, fn_id, qi_id } = call.body.ctx;
  return api.post(
    `/v1/checkpoint/${run_id}/async`,
    { run_id, fn_id, qi_id, request_started_at: call.at, steps, ts: Date.now(), ...more },
    { headers: { "content-type": "application/json" } },
  );
}

export const checkpointCases = [
  ...rule("8.15", {
    "finished steps are saved, and the call goes on": async ({ app, api, expect }) => {
      const answers: Answer[] = [];
      const run = await app.start(async (call) => {
        answers.push(await save(api, call, [{ ...stepRun("a", 1), mode: "sync", rawArgs: [], fulfilled: true, promise: {} }]));
        answers.push(await save(api, call, [stepRun("b", 2), planned("c")]));
        return ops([runComplete("end")]);
      });
      const { run_id, output } = await run.ended();
      expect.equal(output, "end");
      expect.equal(
        answers.map(({ status, text }) => [status, text]),
        [
          [200, ""],
          [200, ""],
        ],
      );
      expect.equal(app.calls.length, 1);
      const spans = at((await api.get(`/api/v1/runs/${run_id}/trace`)).json, "data", "spans") as readonly object[];
      expect.equal(spans.slice(1).filter((span) => at(span, "status") === "completed").length, 2);
    },
    "a call that dies after a checkpoint begins again with what was saved, at attempt 0": async ({ app, api, expect }) => {
      const run = await app.start(
        async (call) => {
          if (call.number === 1) return thrown("once", soon);
          if (call.number === 3) return result(call.body.steps);
          await save(api, call, [stepRun("a", 1)]);
          return thrown("after the checkpoint", soon);
        },
        { retries: 1 },
      );
      const { status, output } = await run.ended();
      expect.equal([status, output], ["Completed", { [idOf("a")]: { data: 1 } }]);
      // The checkpoint set the count back, so the failure after it was the first of its place.
      expect.equal(
        app.calls.map(({ body }) => body.ctx.attempt),
        [0, 1, 1],
      );
    },
    "no discovery comes of a checkpoint": async ({ app, api, expect }) => {
      const run = await app.start(async (call) => {
        await save(api, call, [stepRun("a", 1)]);
        return ops([sleep("nap", "30ms")]);
      });
      await app.call(2);
      expect.equal(app.calls[1]?.body.ctx.stack.stack, [idOf("a"), idOf("nap")]);
      await api.delete(`/v1/runs/${await run.runId()}`);
    },
    "the first result of a step stands": async ({ app, api, expect }) => {
      const run = await app.start(async (call) => {
        if (call.number === 2) return result(call.body.steps);
        const statuses = [];
        for (const value of [1, 2]) statuses.push((await save(api, call, [stepRun("a", value), stepRun("a", 3)])).status);
        return statuses.every((status) => status === 200) ? ops([stepRun("b", 1)]) : result("refused");
      });
      expect.equal((await run.ended()).output, { [idOf("a")]: { data: 1 }, [idOf("b")]: { data: 1 } });
    },
    "other ops are refused, and nothing of their request is saved": async ({ app, api, expect }) => {
      const others = [
        stepError("x", "m"),
        stepFailed("x", "m"),
        runComplete(1),
        sleep("x", "1s"),
        anyOp("WaitForEvent", "x", { name: "e", opts: { timeout: "1s" } }),
      ];
      const answers: Answer[] = [];
      const run = await app.start(async (call) => {
        if (call.number === 2) return result(call.body.steps);
        for (const other of others) answers.push(await save(api, call, [stepRun("a", 1), other]));
        answers.push(await save(api, call, [stepRun("a", 1), anyOp("Teleport", "x", {})]));
        answers.push(await save(api, call, [stepRun("a", 1), null]));
        return ops([stepRun("b", 1)]);
      });
      const { output, run_id } = await run.ended();
      expect.equal(output, { [idOf("b")]: { data: 1 } });
      for (const answer of answers) {
        expect.equal(answer.status, 400);
        expect.like(answer.json, { data: { run_id }, status: 400 });
        expect.ok(typeof at(answer.json, "error") === "string", "an error");
      }
    },
    "a body that cannot be read is 400 with no run": async ({ app, api, expect }) => {
      const { run_id } = await (await app.start(() => result())).ended();
      const answer = await api.post(`/v1/checkpoint/${run_id}/async`, "{oops");
      expect.equal(answer.status, 400);
      expect.like(answer.json, { data: null, status: 400 });
      expect.equal((await api.post("/v1/checkpoint/nonsense/async", { steps: [] })).status, 400);
    },
    "an unknown run is 400": async ({ app, api, expect }) => {
      await (await app.start(() => result())).ended();
      const call = await app.call(1);
      const answer = await api.post("/v1/checkpoint/01JQDAE4RQF8MBCR55T5AK4KXR/async", {
        qi_id: call.body.ctx.qi_id,
        steps: [stepRun("a", 1)],
      });
      expect.equal(answer.status, 400);
    },
    "a run that has ended is 409, and keeps its end": async ({ app, api, expect }) => {
      const run = await app.start(() => result("first"));
      const { run_id } = await run.ended();
      const answer = await save(api, await app.call(1), [stepRun("a", 1)]);
      expect.equal(answer.status, 409);
      expect.like(answer.json, { data: { run_id }, status: 409 });
      expect.like(await api.run(run_id), { status: "Completed", output: "first" });
    },
    "a run that was cancelled is 409": async ({ app, api, expect }) => {
      let answer: Answer | undefined;
      const run = await app.start(async (call) => {
        await api.delete(`/v1/runs/${call.body.ctx.run_id}`);
        answer = await save(api, call, [stepRun("a", 1)]);
        return result("too late");
      });
      expect.like(await run.ended(), { status: "Cancelled" });
      expect.equal(answer?.status ?? 409, 409);
    },
    "the qi_id of an earlier call of the same lease is 409, without grace": async ({ app, api, expect }) => {
      let late: Answer | undefined;
      const run = await app.start(async (call) => {
        if (call.number === 1) return ops([stepRun("a", 1)]);
        late = await save(api, await app.call(1), [stepRun("x", "late")]);
        return result(call.body.steps);
      });
      await run.ended();
      expect.equal(late?.status, 409);
    },
    "so is that of a call whose item was tried again": async ({ app, api, expect }) => {
      let late: Answer | undefined;
      const run = await app.start(
        async (call) => {
          if (call.number === 1) return thrown("once", soon);
          late = await save(api, await app.call(1), [stepRun("x", "late")]);
          return result();
        },
        { retries: 1 },
      );
      await run.ended();
      expect.equal(late?.status, 409);
    },
    "so is that of a step's item that is done": async ({ app, api, expect }) => {
      let late: Answer | undefined;
      const run = await app.start(async (call) => {
        if (call.stepId !== "step") return ops([stepRun(call.stepId === idOf("a") ? "a" : "b", 1)]);
        if (!has(call, "a")) return ops([planned("a"), planned("b")]);
        const done = app.calls.find(({ stepId }) => stepId === idOf("a"));
        if (done !== undefined) late = await save(api, done, [stepRun("x", "late")]);
        return result(call.body.steps);
      });
      expect.equal((await run.ended()).output, { [idOf("a")]: { data: 1 }, [idOf("b")]: { data: 1 } });
      expect.equal(late?.status, 409);
    },
    "a qi_id that is missing or none is 400, and nothing is saved": async ({ app, api, expect }) => {
      const statuses: number[] = [];
      const run = await app.start(async (call) => {
        if (has(call, "b")) return result(call.body.steps);
        for (const qi_id of ["", null, "nonsense", "%%%", "am9iMTo6ZGVmYXVsdA=="])
          statuses.push((await save(api, call, [stepRun("a", 1)], { qi_id })).status);
        return ops([stepRun("b", 1)]);
      });
      expect.equal((await run.ended()).output, { [idOf("b")]: { data: 1 } });
      expect.equal(statuses, [400, 400, 400, 400, 400]);
    },
    "a step over 4 MiB is 413, and nothing is saved": async ({ app, api, expect }) => {
      let answer: Answer | undefined;
      const run = await app.start(async (call) => {
        if (has(call, "b")) return result(call.body.steps);
        answer = await save(api, call, [stepRun("a", 1), stepRun("large", "x".repeat(4 * 1_024 * 1_024))]);
        return ops([stepRun("b", 1)]);
      });
      expect.equal((await run.ended()).output, { [idOf("b")]: { data: 1 } });
      expect.equal(answer?.status, 413);
    },
    "the version is not touched": async ({ app, api, expect }) => {
      const run = await app.start(
        async (call) => {
          if (call.number === 2) return result();
          await save(api, call, [stepRun("a", 1)]);
          return thrown("x", soon);
        },
        { retries: 1 },
      );
      await run.ended();
      expect.equal(
        app.calls.map(({ body }) => body.version),
        [-1, -1],
      );
    },
    "the step of a call for one step can be checkpointed too": async ({ app, api, expect }) => {
      const run = await app.start(async (call) => {
        if (call.stepId === "step") return has(call, "a") && has(call, "b") ? result("end") : ops([planned("a"), planned("b")]);
        const own = call.stepId === idOf("a") ? "a" : "b";
        expect.equal((await save(api, call, [stepRun(own, 1)])).status, 200);
        return ops([stepRun(own, 2)]);
      });
      expect.like(await run.ended(), { status: "Completed", output: "end" });
      expect.equal(app.calls.at(-1)?.body.steps, { [idOf("a")]: { data: 1 }, [idOf("b")]: { data: 1 } });
    },
  }),
  ...rule(
    "8.15",
    {
      "Go's raw key with its prefix opens it": async ({ app, api, expect }) => {
        let status = 0;
        const run = await app.start(async (call) => {
          const { run_id, fn_id, qi_id } = call.body.ctx;
          const bearer = `signkey-test-${(api.target.signingKey ?? "").replace(/^signkey-\w+-/, "")}`;
          status = (await api.post(`/v1/checkpoint/${run_id}/async`, { run_id, fn_id, qi_id, steps: [stepRun("a", 1)] }, { bearer }))
            .status;
          return result();
        });
        await run.ended();
        expect.equal(status, 200);
      },
    },
    ["signed"],
  ),
];
