// Middleware in the form of `inngest@3`.

import { describe, expect, test } from "vitest";
import { callOnce } from "../../test/call-once.ts";
import { setTransport } from "../client/client-transport.ts";
import { InngestMiddleware, Stepwell } from "../index.ts";

describe("the elder form", () => {
  const elder = (log: string[]) =>
    new InngestMiddleware({
      name: "elder",
      init: ({ client }) => {
        log.push(`init ${client.id}`);
        return {
          onFunctionRun: ({ ctx, fn }) => {
            log.push(`onFunctionRun ${ctx.event.name} ${fn.id()}`);
            return {
              transformInput: ({ ctx: { runId }, steps }) => {
                log.push(`transformInput ${steps.length} ${runId.length}`);
                return {
                  ctx: { db: "db" },
                  steps: steps.map((step) => ({ ...step, data: step.data === undefined ? undefined : `read ${step.data}` })),
                };
              },
              beforeMemoization: () => void log.push("beforeMemoization"),
              afterMemoization: () => void log.push("afterMemoization"),
              beforeExecution: () => void log.push("beforeExecution"),
              afterExecution: () => void log.push("afterExecution"),
              transformOutput: ({ result, step }) => {
                log.push(`transformOutput ${step?.displayName ?? "function"}`);
                return { result: { data: step === undefined ? { kept: result.data } : `written ${result.data}` } };
              },
              finished: ({ result }) => void log.push(`finished ${JSON.stringify(result.data)}`),
              beforeResponse: () => void log.push("beforeResponse"),
            };
          },
          onSendEvent: () => ({
            transformInput: ({ payloads }) => ({ payloads: payloads.map((payload) => ({ ...payload, data: { sealed: true } })) }),
            transformOutput: ({ result }) => ({ result: { ids: result.ids.map((id) => `${id}?`) } }),
          }),
        };
      },
    });

  test("has its own lifecycle", async () => {
    const log: string[] = [];
    const client = new Stepwell({ id: "app", middleware: [elder(log)] });
    const fn = client.createFunction({ id: "f" }, { event: "go" }, async ({ step, db }) => `${db} ${await step.run("a", () => "x")}`);
    expect(await callOnce(client, fn)).toMatchObject({ ops: [{ data: '"written x"' }, { data: '{"kept":"db written x"}' }] });
    expect(log).toEqual([
      "init app",
      "onFunctionRun go f",
      "transformInput 0 26",
      "beforeMemoization",
      "afterMemoization",
      "beforeExecution",
      "afterExecution",
      "transformOutput a",
      "afterExecution",
      "transformOutput function",
      'finished {"kept":"db written x"}',
      "beforeResponse",
    ]);
    expect(await callOnce(client, fn, { memos: { a: { data: "kept" } } })).toMatchObject({ data: '{"kept":"db read kept"}' });
  });

  test("changes what is sent and what comes of it", async () => {
    const client = new Stepwell({ id: "app", middleware: [elder([])] });
    const sent: unknown[] = [];
    setTransport(client, {
      sendEvents: async (events) => {
        sent.push(...events);
        return { ids: ["id"] };
      },
      sendSignal: async () => ({ runId: undefined }),
    });
    expect(await client.send({ name: "a", data: { secret: 1 } })).toEqual({ ids: ["id?"] });
    expect(sent).toEqual([{ name: "a", data: { sealed: true } }]);
  });

  test("keeps from before a send to after it, for each send its own", async () => {
    const log: string[] = [];
    let sends = 0;
    const counting = new InngestMiddleware({
      name: "counting",
      init: () => ({
        onSendEvent: () => {
          sends += 1;
          const mine = sends;
          return {
            transformInput: () => void log.push(`before ${mine}`),
            transformOutput: () => void log.push(`after ${mine}`),
          };
        },
      }),
    });
    const client = new Stepwell({ id: "app", middleware: [counting] });
    setTransport(client, { sendEvents: async () => ({ ids: ["id"] }), sendSignal: async () => ({ runId: undefined }) });
    await client.send({ name: "a" });
    await client.send({ name: "b" });
    expect(log).toEqual(["before 1", "after 1", "before 2", "after 2"]);
  });
});
