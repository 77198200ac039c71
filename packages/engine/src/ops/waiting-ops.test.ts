import { asJson, epochMs, hashStepId, type ItemId, limits, type Op, type RunId } from "@stepwell/protocol";
import type { BeginWait, FunctionId } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../testing/index.ts";
import { runInHand } from "../../testing/run-in-hand.ts";
import type { OpContext, OpDecision } from "./op-context.ts";
import { handleOp } from "./op-handlers.ts";

const now = epochMs(1_000_000);
let ids = 0;
const newItemId = (): ItemId => {
  ids += 1;
  return `01J000000000000000000000${String(ids).padStart(2, "0")}` as ItemId;
};

function context(more: Partial<OpContext> = {}): OpContext {
  return {
    run: runInHand({ mark: "41" as never }),
    now,
    sentAt: now,
    isAlone: true,
    version: 2,
    mayRetry: true,
    retryAt: undefined,
    policy: { random: new SeededRandom(1), intervalMs: 100 },
    eventMap: () => ({ name: "a/b", data: { id: "x" } }),
    findFunction: () => undefined,
    invokeListeners: () => ({ outcomes: [] }),
    hasRoom: true,
    hasGateway: true,
    ...more,
  };
}

const base = (id: string, race = false) => ({ id: hashStepId(id), name: id, race });
const decide = (op: Op, more: Partial<OpContext> = {}): OpDecision => handleOp(op, context(more), newItemId);
const waitOf = (decision: OpDecision): BeginWait | undefined => decision.effects.find((effect) => effect.kind === "begin_wait");
const waitForEvent = (more: Partial<Extract<Op, { kind: "WaitForEvent" }>> = {}): Op => ({
  ...base("paid"),
  kind: "WaitForEvent",
  event: "order/paid",
  timeout: "1h",
  ...more,
});

describe("a wait for an event", () => {
  test("counts from before the call, and ends in time", () => {
    const decision = decide(waitForEvent({ expression: "event.data.id == async.data.id" }));
    expect(decision.means.kind).toBe("wait");
    expect(waitOf(decision)).toMatchObject({
      stepId: hashStepId("paid"),
      op: "WaitForEvent",
      wake: "always",
      startedAt: now,
      dueAt: now + 3_600_000,
      waitsFor: { kind: "event", eventName: "order/paid", since: "41", term: { path: "data.id", value: '"x"' } },
    });
  });

  test("beside others it ends with its group; in a race, of an old SDK and in a targeted call at once", () => {
    expect(waitOf(decide(waitForEvent(), { isAlone: false }))?.wake).toBe("group");
    expect(waitOf(decide(waitForEvent({ race: true }), { isAlone: false }))?.wake).toBe("always");
    expect(waitOf(decide(waitForEvent(), { isAlone: false, version: 1 }))?.wake).toBe("always");
  });

  test("that is over already is only what it resolved with", () => {
    const run = runInHand({ memos: new Map([[hashStepId("paid"), asJson(null)]]) });
    expect(decide(waitForEvent(), { run })).toEqual({ effects: [], means: { kind: "discover" } });
  });

  test("without a timeout is over at once", () => {
    expect(waitOf(decide(waitForEvent({ timeout: "" })))?.dueAt).toBe(now);
  });

  test.for([
    ["soon", "invalid_duration"],
    ["367d", "sleep_too_long"],
  ] as const)("with the timeout %s fails the run: %s", ([timeout, code]) => {
    expect(decide(waitForEvent({ timeout })).means).toMatchObject({ kind: "fail", code });
  });

  test.for(["order/*", "*"])("for the wildcard %s, which no event can meet, fails the run", (event) => {
    expect(decide(waitForEvent({ event })).means).toMatchObject({
      kind: "fail",
      code: "event_name_invalid",
      error: { name: "InvalidEventName", message: expect.stringContaining(`"${event}"`) },
    });
  });

  test("of exactly 366 days is taken", () => {
    expect(waitOf(decide(waitForEvent({ timeout: "366d" })))?.dueAt).toBe(now + limits.sleepMsMax);
  });

  test("looks back as far as it says, at most a day", () => {
    const from = (lookback: string, run = runInHand({ queuedAt: epochMs(now - 5_000) })) => {
      const wait = waitOf(decide(waitForEvent({ lookback }), { run }));
      return wait?.waitsFor.kind === "event" ? wait.waitsFor.lookBackFrom : undefined;
    };
    expect(from("10s")).toBe(now - 10_000);
    expect(from("run")).toBe(now - 5_000);
    expect(from("24h")).toBe(now - limits.lookbackMsMax);
    expect(from("run", runInHand({ queuedAt: epochMs(0) }))).toBe(Math.max(0, now - limits.lookbackMsMax));
    const cuts = (lookback: string) => waitOf(decide(waitForEvent({ lookback })))?.waitsFor;
    expect([cuts("run"), cuts("10s")]).toMatchObject([{ cutsLookBack: true }, expect.not.objectContaining({ cutsLookBack: true })]);
    const tooWide = decide(waitForEvent({ lookback: "25h" }));
    expect(tooWide.effects).toMatchObject([{ kind: "settle_step", failed: true, memo: expect.stringContaining("lookback_too_wide") }]);
  });

  test("that can never match says so", () => {
    expect(decide(waitForEvent({ expression: "event.data.none == async.data.id" })).warning).toContain("data.none");
  });
});

describe("a wait for a signal", () => {
  const signal = (more: Partial<Extract<Op, { kind: "WaitForSignal" }>> = {}): Op => ({
    ...base("s"),
    kind: "WaitForSignal",
    signal: "go",
    timeout: "",
    conflict: "fail",
    ...more,
  });

  test("lasts a year where it names no time, and knows what a conflict is answered with", () => {
    expect(waitOf(decide(signal()))).toMatchObject({
      dueAt: now + limits.waitMsDefault,
      waitsFor: { kind: "signal", signal: "go", onConflict: "fail", conflictMemo: expect.stringContaining("SignalConflictError") },
    });
    expect(waitOf(decide(signal({ timeout: "5m", conflict: "replace" })))).toMatchObject({
      dueAt: now + 300_000,
      waitsFor: { onConflict: "replace" },
    });
  });
});

describe("an invoke", () => {
  const invoke = (more: Partial<Extract<Op, { kind: "InvokeFunction" }>> = {}): Op => ({
    ...base("call"),
    kind: "InvokeFunction",
    functionName: "app-child",
    payload: { data: { n: 1 } },
    timeout: "",
    propagateCancel: false,
    ...more,
  });
  const found = { findFunction: () => runInHand().entry };

  test("starts the child with the wait, in one effect", () => {
    const decision = decide(invoke(), found);
    const wait = waitOf(decision);
    expect(wait).toMatchObject({ op: "InvokeFunction", waitsFor: { kind: "invoke", cancelsChild: false } });
    if (wait?.waitsFor.kind !== "invoke") throw new Error("it waits for a child");
    const { child } = wait.waitsFor;
    expect(child).toMatchObject({
      event: { name: "inngest/function.invoked", ts: now },
      starts: [{ functionId: 1, dueAt: now, origin: "invoke", wantsLease: true }],
      outcomes: [],
    });
    expect(JSON.parse(child.event.data)).toMatchObject({
      n: 1,
      _inngest: { fn_id: "app-child", correlation_id: `01J00000000000000000000001.${hashStepId("call")}`, depth: 1 },
    });
    expect(decision.started).toEqual({ events: [child], entries: [[found.findFunction()]].map(() => [expect.anything()]) });
  });

  test("of nobody fails the step at once, with a name SDKs know, unless it waits already", () => {
    const refused = { kind: "refused", memo: expect.stringContaining("could not find function with ID: app-none") };
    expect(decide(invoke({ functionName: "app-none" }))).toMatchObject({
      effects: [{ kind: "begin_wait", waitsFor: refused }],
      means: { kind: "wait" },
    });
  });

  test("within as many invokes as there may be is made, and one more is not", () => {
    const at = (depth: number) => {
      const [event] = runInHand().events;
      if (event === undefined) throw new Error("a run has an event");
      return runInHand({ events: [{ ...event, name: "inngest/function.invoked", data: asJson({ _inngest: { depth } }) }] });
    };
    expect(waitOf(decide(invoke(), { ...found, run: at(limits.invokeDepthMax - 1) }))).toBeDefined();
    expect(decide(invoke(), { ...found, run: at(limits.invokeDepthMax) }).effects).toMatchObject([
      { kind: "settle_step", failed: true, memo: expect.stringContaining("invokeDepthMax") },
    ]);
  });

  test("tells whoever listens to invokes, unless it was made by one that listens", () => {
    const rest = [{ functionId: 9 as FunctionId, runId: "01J000000000000000000000AA" as RunId, dueAt: now }];
    const listening = { ...found, invokeListeners: () => ({ outcomes: [], rest }) };
    const childOf = (run: OpContext["run"]) => {
      const wait = waitOf(decide(invoke(), { ...listening, run }));
      return wait?.waitsFor.kind === "invoke" ? wait.waitsFor.child : undefined;
    };
    const [event] = runInHand().events;
    if (event === undefined) throw new Error("a run has an event");
    const events = [{ ...event, name: "inngest/function.invoked" }];
    expect(childOf(runInHand())?.rest).toEqual(rest);
    expect(childOf(runInHand({ events, origin: "invoke" }))?.rest).toEqual(rest);
    expect(childOf(runInHand({ events }))?.rest).toBeUndefined();
  });

  test("carries what it was told of the event, and dedupes by an id of its own", () => {
    const wait = waitOf(decide(invoke({ payload: { data: {}, id: "once", v: "2", user: { u: 1 } }, propagateCancel: true }), found));
    if (wait?.waitsFor.kind !== "invoke") throw new Error("it waits for a child");
    expect(wait.waitsFor).toMatchObject({
      cancelsChild: true,
      child: { event: { externalId: "once", v: "2", user: '{"u":1}' }, starts: [{ dedupe: { key: "event once" } }] },
    });
  });
});

describe("losers of a race", () => {
  test("are dropped, and nothing else follows", () => {
    const ids = [hashStepId("a"), hashStepId("b")];
    expect(decide({ ...base("cancel"), kind: "StepCancel", ids })).toEqual({
      effects: [{ kind: "drop_steps", stepIds: ids }],
      means: { kind: "nothing" },
    });
    expect(decide({ ...base("cancel"), kind: "StepCancel", ids: [] }).effects).toEqual([]);
  });
});
