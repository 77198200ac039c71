import { asJson, epochMs, hashStepId, type ItemId, type JsonText, type Op, type StepId } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { SeededRandom } from "../../testing/index.ts";
import { runInHand } from "../../testing/run-in-hand.ts";
import type { OpContext, OpDecision } from "./op-context.ts";
import { handleOp } from "./op-handlers.ts";

const now = epochMs(1_000_000);
const ask = hashStepId("ask");
const infer = { url: "https://ai.test/v1", auth_key: "sk-s3cret", format: "openai-chat", body: { q: 1 } };

function decide(op: Pick<Extract<Op, { kind: "Gateway" | "AIGateway" }>, "kind" | "opts">, more: Partial<OpContext> = {}): OpDecision {
  const context: OpContext = {
    run: runInHand(),
    now,
    sentAt: now,
    isAlone: true,
    version: 2,
    mayRetry: true,
    retryAt: undefined,
    policy: { random: new SeededRandom(1), intervalMs: 100 },
    eventMap: () => undefined,
    findFunction: () => undefined,
    invokeListeners: () => ({ outcomes: [] }),
    hasRoom: true,
    hasGateway: true,
    ...more,
  };
  return handleOp({ id: ask, name: "ask", race: false, ...op }, context, () => "item" as ItemId);
}

test("a request gets an item of its own, and its key goes past the store", () => {
  const decision = decide({ kind: "AIGateway", opts: infer });
  expect(decision.means).toEqual({ kind: "wait" });
  expect(decision.effects).toMatchObject([{ kind: "plan_step", stepId: ask, op: "AIGateway", name: "ask", dueAt: now, wantsLease: true }]);
  expect(JSON.stringify(decision.effects)).not.toContain("s3cret");
  expect(decision.credentials?.headers).toContainEqual(["authorization", "Bearer sk-s3cret"]);
});

test("without a key there is nothing to keep; without room the item is claimed like any other", () => {
  const decision = decide({ kind: "Gateway", opts: { url: "https://a.test/" } }, { hasRoom: false });
  expect(decision.effects).toMatchObject([{ kind: "plan_step", op: "Gateway", wantsLease: false }]);
  expect(decision).not.toHaveProperty("credentials");
});

test("one that cannot be sent fails its step at once, and the function may catch it", () => {
  for (const [kind, name] of [
    ["Gateway", "GatewayError"],
    ["AIGateway", "AIGatewayError"],
  ] as const) {
    const { effects, means } = decide({ kind, opts: { url: "ftp://a.test/" } });
    expect(means).toEqual({ kind: "discover" });
    expect(effects).toMatchObject([{ kind: "settle_step", failed: true }]);
    expect(JSON.parse((effects[0] as { memo: string }).memo)).toMatchObject({ error: { name, code: "gateway_request_invalid" } });
  }
});

test("a step that has its result is not planned again", () => {
  const run = runInHand({ memos: new Map([[ask, asJson({ data: 1 })]]) });
  expect(decide({ kind: "Gateway", opts: { url: "https://a.test/" } }, { run })).toEqual({ effects: [], means: { kind: "discover" } });
});

test("a server that makes no requests refuses the op with its name", () => {
  expect(decide({ kind: "Gateway", opts: {} }, { hasGateway: false }).means).toMatchObject({ kind: "fail", code: "op_not_supported" });
});

test("a rerun's changes of its body are merged into what step.ai.infer asks for", () => {
  const bodyOf = (
    stepInput: { readonly stepId: StepId; readonly input: JsonText },
    kind: "AIGateway" | "Gateway" = "AIGateway",
  ): unknown => {
    const run = { ...runInHand(), stepInput };
    const [effect] = decide({ kind, opts: infer }, { run }).effects;
    return effect?.kind === "plan_step" ? JSON.parse(JSON.parse(effect.request ?? "{}").body) : undefined;
  };
  const own = bodyOf({ stepId: hashStepId("other"), input: asJson([{ model: "new" }]) });
  expect(bodyOf({ stepId: ask, input: asJson([{ model: "new" }]) })).toEqual({ ...(own as object), model: "new" });
  for (const input of ["[]", "[1]", "[null]"] as JsonText[]) expect(bodyOf({ stepId: ask, input })).toEqual(own);
  expect(bodyOf({ stepId: ask, input: asJson([{ model: "new" }]) }, "Gateway")).toEqual(own);
});
