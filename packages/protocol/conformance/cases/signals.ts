import { at } from "../api.ts";
import { has } from "../app.ts";
import { rule } from "../conformance-case.ts";
import { anyOp, idOf, ops, result } from "../reply.ts";

type Op = Readonly<Record<string, unknown>>;

const wait = (id: string, signal: string, opts: Op = {}): Op => anyOp("WaitForSignal", id, { opts: { signal, timeout: "1h", ...opts } });

export const signalCases = [
  ...rule("8.8", {
    "a signal becomes the result; its sender learns the run": async ({ app, api, expect }) => {
      const signal = app.event("signal");
      const run = await app.start((call) => (has(call, "s") ? result(call.body.steps[idOf("s")]) : ops([wait("s", signal)])));
      const runId = await run.runId();
      await api.waiting(runId);
      const answer = await api.post("/v1/signals", { signal, data: { n: 1 } });
      expect.equal(answer.status, 200, answer.text);
      expect.equal(at(answer.json, "data", "run_id"), runId);
      expect.equal((await run.ended()).output, { data: { signal, data: { n: 1 } } });
    },
    "a timeout is null": async ({ app, expect }) => {
      const run = await app.start((call) =>
        has(call, "s") ? result(call.body.steps[idOf("s")]) : ops([wait("s", app.event("s"), { timeout: "1s" })]),
      );
      expect.like(await run.ended(), { status: "Completed", output: null });
    },
    "an early signal is answered with 404, kept, and ends the first wait for it, once": async ({ app, api, expect }) => {
      const signal = app.event("early");
      for (const n of [1, 2]) {
        const answer = await api.post("/v1/signals", { signal, data: n });
        expect.equal(answer.status, 404);
        expect.like(answer.json, { code: "signal_kept", error: "No signal found", data: null, status: 404 });
      }
      const timeout = { timeout: "1s" };
      const first = await app.start((call) => (has(call, "s") ? result(call.body.steps[idOf("s")]) : ops([wait("s", signal, timeout)])));
      expect.equal((await first.ended()).output, { data: { signal, data: 2 } });
      const second = await app.start((call) => (has(call, "s") ? result(call.body.steps[idOf("s")]) : ops([wait("s", signal, timeout)])));
      expect.equal((await second.ended()).output, null);
    },
    "a conflict is an error of the step, which the function may catch; the older wait is untouched": async ({ app, api, expect }) => {
      const signal = app.event("s");
      await app.register([{ script: (call) => (has(call, "s") ? result(call.body.steps[idOf("s")]) : ops([wait("s", signal)])) }]);
      const [first = ""] = await api.send({ name: app.event() });
      await api.waiting(await app.runOf(first).runId());
      const [second = ""] = await api.send({ name: app.event() });
      const message = "Signal conflict; signal wait already exists for another run";
      expect.equal((await api.ended(second)).output, { error: { name: "SignalConflictError", message, data: null } });
      expect.equal((await api.post("/v1/signals", { signal, data: "x" })).status, 200);
      expect.like((await api.ended(first)).output, { data: { data: "x" } });
    },
    "replace takes the signal over; the older step is null at once": async ({ app, api, expect }) => {
      const signal = app.event("s");
      const conflict = { conflict: "replace" };
      await app.register([
        { script: (call) => (has(call, "s") ? result(call.body.steps[idOf("s")]) : ops([wait("s", signal, conflict)])) },
      ]);
      const [first = ""] = await api.send({ name: app.event() });
      await api.waiting(await app.runOf(first).runId());
      const [second = ""] = await api.send({ name: app.event() });
      expect.like(await api.ended(first), { status: "Completed", output: null });
      await api.waiting(await app.runOf(second).runId());
      expect.equal((await api.post("/v1/signals", { signal, data: "x" })).status, 200);
      expect.like((await api.ended(second)).output, { data: { data: "x" } });
    },
    "a signal of no name, and what is no JSON, is 400": async ({ api, expect }) => {
      for (const body of ["{oops", {}, { signal: "" }, { signal: null }, []]) {
        const answer = await api.post("/v1/signals", body);
        expect.equal([answer.status, at(answer.json, "status")], [400, 400]);
      }
    },
  }),
];
