import type { EpochMs, FlowOptions, FunctionConfig } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { compileFlow, flowKey } from "./function-flow.ts";

const flowOf = (options: FlowOptions) => compileFlow({ options } as FunctionConfig);
const event = () => ({ name: "shop/order", data: { tenant: "a", off: false, nothing: null, n: 3 } });

describe("what gates a function", () => {
  test("is nothing where no option does", () => {
    expect(flowOf({})).toBeUndefined();
    expect(flowOf({ timeouts: { startMs: 1 }, cancel: [{ event: "x" }], concurrency: { step: [], fn: [] } })).toBeUndefined();
  });

  test.each([
    ["event.data.tenant", { value: "a", isMissing: false }],
    ["event.data.n", { value: "3", isMissing: false }],
    ["event.data.absent", { value: "false", isMissing: true }],
    ["event.data.off", { value: "false", isMissing: true }],
    ["event.data.nothing", { value: "false", isMissing: true }],
  ])("has one meaning for a key that leads nowhere: %s", (key, expected) => {
    const flow = flowOf({ singleton: { mode: "skip", key } });
    expect(flow && flowKey(flow, key, event, 0 as EpochMs)).toEqual(expected);
  });

  test("has one value for all events where there is no key, and does not make the event for it", () => {
    const flow = flowOf({ rateLimit: { limit: 1, periodMs: 1_000 } });
    const made = () => {
      throw new Error("the event is not asked for");
    };
    expect(flow && flowKey(flow, undefined, made, 0 as EpochMs)).toEqual({ value: "", isMissing: false });
  });

  test("says why a key failed, and takes it for missing", () => {
    const key = "event.data.tenant - 1";
    const flow = flowOf({ debounce: { periodMs: 1_000, key } });
    expect(flow && flowKey(flow, key, event, 0 as EpochMs)).toMatchObject({
      value: "false",
      isMissing: true,
      problem: expect.stringContaining("-"),
    });
  });
});
