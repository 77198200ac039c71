import { has } from "../app.ts";
import { rule } from "../conformance-case.ts";
import { idOf, ops, planned, result, stepRun } from "../reply.ts";

const mib = 1_024 * 1_024;

export const limitCases = [
  ...rule("1.8", {
    "1,000 ops in a reply pass": async ({ app, expect }) => {
      const many = Array.from({ length: 1_000 }, (_, index) => stepRun(`s${index}`, index));
      const run = await app.start((call) => (call.number === 1 ? ops(many) : result(Object.keys(call.body.steps).length)));
      expect.like(await run.ended(), { status: "Completed", output: 1_000 });
    },
    "1,001 ops in a reply fail the run at once": async ({ app, expect }) => {
      const many = Array.from({ length: 1_001 }, (_, index) => planned(`s${index}`));
      const run = await app.start(() => ops(many), { retries: 3 });
      expect.like(await run.ended(), { status: "Failed", output: { name: "InngestErrFunctionOverflowed" } });
      expect.equal(app.calls.length, 1);
    },
    "10,000 steps of a run pass, one more fails it": async ({ app, expect }) => {
      let known = 0;
      const run = await app.start((call) => {
        known = call.body.ctx.stack.stack.length;
        const count = known < 10_000 ? 1_000 : 1;
        return ops(Array.from({ length: count }, (_, index) => ({ op: "StepRun", id: `s${known + index}`, data: 1 })));
      });
      expect.like(await run.ended(), { status: "Failed", output: { name: "InngestErrFunctionOverflowed" } });
      expect.equal(known, 10_000);
    },
    "a step's result of 4 MiB passes": async ({ app, expect }) => {
      const text = "x".repeat(4 * mib - 2);
      const run = await app.start((call) => (call.number === 1 ? ops([stepRun("a", text)]) : result("end")));
      expect.like(await run.ended(), { status: "Completed", output: "end" });
    },
    "results of more than 32 MiB in all fail the run": async ({ app, expect }) => {
      const text = "x".repeat(3.9 * mib);
      const run = await app.start((call) => ops([stepRun(`a${call.number}`, text), stepRun(`b${call.number}`, text)]));
      expect.like(await run.ended(), { status: "Failed", output: { name: "InngestErrStateOverflowed" } });
      expect.equal(app.calls.length, 5, "calls until the limit was passed");
    },
    "a step that is known counts once": async ({ app, expect }) => {
      const run = await app.start((call) =>
        call.number < 4 ? ops([stepRun("a", 1), stepRun(`b${call.number}`, 1)]) : result(has(call, "a")),
      );
      await run.ended();
      expect.equal(app.calls[3]?.body.ctx.stack.stack, [idOf("a"), idOf("b1"), idOf("b2"), idOf("b3")]);
    },
  }),
];
