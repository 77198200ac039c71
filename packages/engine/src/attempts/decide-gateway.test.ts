import { asJson, epochMs, hashStepId, type ItemId, type StoreSeq } from "@stepwell/protocol";
import type { HolderId } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../testing/index.ts";
import { runInHand } from "../../testing/run-in-hand.ts";
import type { RunInHand } from "../runs/run-in-hand.ts";
import type { GatewayReply } from "../seams/gateway.ts";
import { decideGateway } from "./decide-gateway.ts";
import type { Decision, ReplyContext } from "./decide-reply.ts";

const context: ReplyContext = {
  holderId: 9 as HolderId,
  now: epochMs(5_000),
  sentAt: epochMs(4_000),
  policy: { random: new SeededRandom(1), intervalMs: 100 },
  newItemId: () => "01J00000000000000000000000" as never,
  mustYield: false,
  findFunction: () => undefined,
  hasRoom: false,
  hasGateway: true,
  startByEnd: () => ({ events: [], entries: [] }),
  invokeListeners: () => ({ outcomes: [] }),
};

const stepOf = (op: "Gateway" | "AIGateway", race = false) => ({
  itemId: "item" as ItemId,
  itemSeq: 7 as StoreSeq,
  stepId: hashStepId("ask"),
  race,
  request: { op, name: "ask", body: asJson({}) },
});

function decide(op: "Gateway" | "AIGateway", reply: GatewayReply, more: Partial<RunInHand> = {}, race = false): Decision {
  const step = stepOf(op, race);
  return decideGateway(runInHand({ step, version: 2, ...more }), step, reply, context);
}

const answer = (status: number, body: string, headers = {}): GatewayReply => ({
  kind: "answer",
  url: "https://a.test/",
  status,
  headers,
  body,
});
const failed = (isFinal = false): GatewayReply => ({ kind: "failed", code: "gateway_failed", message: "nothing listens there", isFinal });

describe("an answer", () => {
  test.for([200, 404, 500])("with status %i is the result of step.fetch, and its item is done", (status) => {
    const { unit } = decide("Gateway", answer(status, "text"));
    expect(unit).toMatchObject({ lease: { kind: "step", itemSeq: 7, generation: 1 }, next: { kind: "done" }, change: {} });
    expect(unit.effects).toMatchObject([
      { kind: "settle_step", op: "Gateway", name: "ask", failed: false, startedAt: 4_000, endedAt: 5_000 },
    ]);
    expect(JSON.parse((unit.effects[0] as { memo: string }).memo)).toMatchObject({ data: { status_code: status, body: "text" } });
  });

  test("up to 299 is the result of step.ai.infer", () => {
    expect(decide("AIGateway", answer(299, '{"a":1}')).unit.effects).toMatchObject([
      { kind: "settle_step", memo: '{"data":{"a":1}}', failed: false },
    ]);
  });

  test("above 299 fails an attempt of step.ai.infer: the item is tried again, and the attempt is recorded", () => {
    const { unit, failure } = decide("AIGateway", answer(300, "busy"), { attempt: 1 });
    expect(unit.next).toEqual({ kind: "retry", dueAt: 5_100, attempt: 2 });
    expect(unit.effects).toMatchObject([
      { kind: "record_attempt", stepId: hashStepId("ask"), attempt: 1, httpStatus: 300, errorCode: "gateway_failed", retryAt: 5_100 },
    ]);
    expect(failure).toMatchObject({ code: "gateway_failed", stepName: "ask", error: { name: "AIGatewayError" } });
  });

  test.for([
    ["7", 12_000],
    ["0", 5_100],
    ["9999999", 5_000 + 86_400_000],
    [new Date(35_000).toUTCString(), 35_000],
    ["soon", 5_100],
  ] as const)("that asks for a later try with %s gets it within limits", ([asked, dueAt]) => {
    expect(decide("AIGateway", answer(429, "{}", { "retry-after": asked })).unit.next).toMatchObject({ dueAt });
  });

  test("above 299 at the last attempt is the step's error", () => {
    const { unit, failure } = decide("AIGateway", answer(429, '{"e":1}'), { attempt: 4 });
    expect(unit.next).toEqual({ kind: "done" });
    expect(unit.effects).toMatchObject([{ kind: "settle_step", failed: true, attempt: 4 }]);
    expect(JSON.parse((unit.effects[0] as { memo: string }).memo)).toMatchObject({ error: { name: "AIGatewayError", data: { e: 1 } } });
    expect(failure).toBeUndefined();
  });
});

describe("no answer", () => {
  test.for(["Gateway", "AIGateway"] as const)("of a %s is tried again, by the function's own attempts", (op) => {
    expect(decide(op, failed()).unit.next).toMatchObject({ kind: "retry", attempt: 1 });
    expect(decide(op, failed(), { attempt: 3 }).unit.next).toMatchObject({ kind: "retry", attempt: 4 });
    expect(decide(op, failed(), { attempt: 4 }).unit).toMatchObject({
      next: { kind: "done" },
      effects: [{ kind: "settle_step", failed: true }],
    });
  });

  test("that would come again is not tried again", () => {
    expect(decide("Gateway", failed(true)).unit).toMatchObject({
      next: { kind: "done" },
      effects: [{ kind: "settle_step", failed: true }],
    });
  });
});

test("a step wakes the run by the rule of waits", () => {
  const wakeOf = (...more: Parameters<typeof decide> extends [unknown, unknown, ...infer Rest] ? Rest : never) =>
    decide("Gateway", answer(200, ""), ...more).unit.effects[0];
  expect(wakeOf()).toMatchObject({ wake: "group" });
  expect(wakeOf({ version: 1 })).toMatchObject({ wake: "always" });
  expect(wakeOf({}, true)).toMatchObject({ wake: "always" });
});
