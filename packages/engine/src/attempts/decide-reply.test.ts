import { asJson, epochMs, hashStepId, type Op, type Reply, type StepErrorValue } from "@stepwell/protocol";
import type { Effect, HolderId } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../testing/index.ts";
import { runInHand } from "../../testing/run-in-hand.ts";
import type { RunInHand } from "../runs/run-in-hand.ts";
import { type Decision, decideLost, decideOverLimit, decideReply, type ReplyContext } from "./decide-reply.ts";

const now = epochMs(5_000);
const context = (more: Partial<ReplyContext> = {}): ReplyContext => ({
  holderId: 9 as HolderId,
  now,
  sentAt: epochMs(4_000),
  policy: { random: new SeededRandom(1), intervalMs: 100 },
  newItemId: () => "01J00000000000000000000000" as never,
  mustYield: false,
  findFunction: () => undefined,
  hasRoom: false,
  hasGateway: true,
  startByEnd: () => ({ events: [], entries: [] }),
  invokeListeners: () => ({ outcomes: [] }),
  ...more,
});

const base = (id: string, race = false) => ({ id: hashStepId(id), name: id, race });
const ran = (id: string): Op => ({ ...base(id), kind: "StepRun", data: asJson(id) });
const planned = (id: string, race = false): Op => ({ ...base(id, race), kind: "StepPlanned" });
const sleep = (id: string, target: string): Op => ({ ...base(id), kind: "Sleep", target });
const stepError: StepErrorValue = { name: "Error", message: "boom", json: asJson({ name: "Error", message: "boom", data: null }) };
const threw = (id: string, retryAfterMs?: number): Op => ({
  ...base(id),
  kind: "StepError",
  error: stepError,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const complete: Op = { ...base("complete"), kind: "RunComplete", data: asJson("done") };
const ops = (list: readonly Op[], more: object = {}): Reply => ({
  kind: "ops",
  ops: list,
  version: 2,
  noRetry: false,
  sdk: "js:v4",
  ...more,
});

const decide = (run: RunInHand, reply: Reply, more: Partial<ReplyContext> = {}): Decision => decideReply(run, reply, context(more));
const kinds = ({ unit }: Decision): readonly Effect["kind"][] => unit.effects.map(({ kind }) => kind);

describe("a reply with ops", () => {
  test("one finished step is settled, and the lease is kept for the next call", () => {
    const decision = decide(runInHand(), ops([ran("a")]));
    expect(decision.unit).toMatchObject({
      lease: { kind: "own", journalLength: 0, generation: 1 },
      next: { kind: "keep" },
      change: { version: 2, startedAt: 4_000 },
    });
    expect(decision.unit.effects).toMatchObject([{ kind: "settle_step", memo: '{"data":"a"}', wake: "never", failed: false }]);
  });

  test.for(["DeferAdd", "DeferAbort"] as const)("%s warns on the run, and the reply means what it means without it", (kind) => {
    const defer: Op = { ...base("later"), kind };
    const decision = decide(runInHand(), ops([defer, ran("a")]));
    expect(decision.unit.effects).toMatchObject([{ kind: "warn_run", text: expect.stringContaining(kind) }, { kind: "settle_step" }]);
    expect(decision.unit.next).toEqual(decide(runInHand(), ops([ran("a")])).unit.next);
    expect(kinds(decide(runInHand(), ops([defer, { ...base("e"), kind: "StepFailed", error: stepError }])))).toContain("warn_run");
  });

  test("the end comes after everything else of the reply, in the same unit", () => {
    const decision = decide(runInHand(), ops([complete, ran("a")]));
    expect(kinds(decision)).toEqual(["settle_step"]);
    expect(decision.unit.next).toMatchObject({ kind: "end", status: "completed", output: '"done"', sweep: false });
  });

  test("what an op says of its step's log is recorded with the step's attempt, whatever becomes of the step", () => {
    const logs = [{ at: epochMs(1), level: "info", text: "hello" }] as const;
    const recorded = { kind: "record_logs", stepId: hashStepId("a"), attempt: 0, lines: logs };
    expect(decide(runInHand(), ops([{ ...ran("a"), logs }])).unit.effects).toMatchObject([{ kind: "settle_step" }, recorded]);
    const failing = decide(runInHand({ attempt: 1 }), ops([{ ...threw("a"), logs }]));
    expect(failing.unit.effects).toMatchObject([{ ...recorded, attempt: 1 }, { kind: "record_attempt" }]);
    const refused: Op = { ...base("b"), kind: "SyncRunComplete", raw: asJson({}) };
    expect(kinds(decide(runInHand(), ops([{ ...ran("a"), logs }, refused])))).toEqual(["record_attempt", "record_logs"]);
    expect(decide(runInHand(), ops([{ ...complete, logs }])).unit.effects).toEqual([{ kind: "record_logs", attempt: 0, lines: logs }]);
    const known = runInHand({ memos: new Map([[hashStepId("a"), asJson(1)]]) });
    expect(kinds(decide(known, ops([{ ...ran("a"), logs }])))).toEqual([]);
  });

  test("a step that memory knows is not settled again, and the function goes on", () => {
    const decision = decide(runInHand({ memos: new Map([[hashStepId("a"), asJson(1)]]) }), ops([ran("a")]));
    expect(decision.unit).toMatchObject({ effects: [], next: { kind: "keep" } });
  });

  test("several planned steps form a group, each gets an item, the run parks and plans from now on", () => {
    const decision = decide(runInHand(), ops([planned("a"), planned("b")]));
    expect(kinds(decision)).toEqual(["open_group", "plan_step", "plan_step"]);
    expect(decision.unit).toMatchObject({ next: { kind: "park" }, change: { plan: true } });
  });

  test("an SDK of version 1 has no groups, and stays with planning", () => {
    const decision = decide(runInHand(), ops([planned("a"), planned("b")], { version: 1 }));
    expect(kinds(decision)).toEqual(["plan_step", "plan_step"]);
    expect(decide(runInHand({ version: 1, plan: true }), ops([ran("a")], { version: 1 })).unit.change.plan).toBeUndefined();
  });

  test("a lone sleep is the run's own item, due at its end", () => {
    const decision = decide(runInHand(), ops([sleep("nap", "10s")]));
    expect(decision.unit.effects).toMatchObject([{ kind: "begin_sleep", dueAt: 15_000 }]);
    expect(decision.unit.next).toMatchObject({ kind: "queue", dueAt: 15_000, attempt: 0, sleepStepId: hashStepId("nap") });
    expect(decision.unit.effects[0]).not.toHaveProperty("itemId");
  });

  test("a sleep beside other things has an item of its own", () => {
    const decision = decide(runInHand(), ops([planned("a"), sleep("nap", "10s")]));
    expect(decision.unit.effects.at(-1)).toMatchObject({ kind: "begin_sleep", itemId: expect.any(String) });
    expect(decision.unit.next.kind).toBe("park");
  });

  test("a sleep that is over at once costs no item", () => {
    expect(decide(runInHand(), ops([sleep("nap", "")])).unit).toMatchObject({
      effects: [{ kind: "settle_step", memo: "null" }],
      next: { kind: "keep" },
    });
  });

  test("a step that threw is tried again while attempts are left, with nothing settled", () => {
    const decision = decide(runInHand({ attempt: 1 }), ops([threw("a")]));
    expect(kinds(decision)).toEqual(["record_attempt"]);
    expect(decision.unit.next).toMatchObject({ kind: "queue", dueAt: 5_100, attempt: 2 });
  });

  test("a step that threw at its last attempt has failed, and the function is told", () => {
    const decision = decide(runInHand({ attempt: 4 }), ops([threw("a")]));
    expect(decision.unit).toMatchObject({
      effects: [{ kind: "settle_step", failed: true, memo: '{"error":{"name":"Error","message":"boom","data":null}}' }],
      next: { kind: "keep" },
    });
  });

  test("no-retry makes a step's error final", () => {
    expect(decide(runInHand(), ops([threw("a")], { noRetry: true })).unit.effects).toMatchObject([{ kind: "settle_step", failed: true }]);
  });

  test("what the step asks for wins over what the reply asks for", () => {
    expect(decide(runInHand(), ops([threw("a", 7)], { retryAt: epochMs(99_000) })).unit.next).toMatchObject({ dueAt: 5_007 });
    expect(decide(runInHand(), ops([threw("a")], { retryAt: epochMs(99_000) })).unit.next).toMatchObject({ dueAt: 99_000 });
  });

  test("what went well beside a step that threw is settled before the item is tried again", () => {
    expect(kinds(decide(runInHand(), ops([ran("a"), threw("b")])))).toEqual(["settle_step", "record_attempt"]);
  });

  test("nothing at all is asked again alone, and waits beside others; the run fails in the end", () => {
    expect(decide(runInHand(), ops([])).unit).toMatchObject({ next: { kind: "keep" }, change: { emptyReplies: 1 } });
    expect(decide(runInHand({ solo: false }), ops([])).unit.next.kind).toBe("park");
    expect(decide(runInHand({ emptyReplies: 10 }), ops([])).unit.next).toMatchObject({ kind: "end", status: "failed" });
  });

  test("waiting alone, again and again, for steps that have no item left is no progress either", () => {
    const reply = ops([planned("a"), planned("b")]);
    expect(decide(runInHand({ emptyReplies: 9 }), reply).unit.next.kind).toBe("park");
    expect(decide(runInHand({ emptyReplies: 10, solo: false }), reply).unit.next.kind).toBe("park");
    expect(decide(runInHand({ emptyReplies: 10 }), reply)).toMatchObject({
      unit: { effects: [], next: { kind: "end", status: "failed" } },
      failure: { code: "reply_invalid" },
    });
  });

  test("an op that is not carried out yet ends the run with its name", () => {
    const decision = decide(runInHand(), ops([{ ...base("paid"), kind: "SyncRunComplete", raw: asJson({}) }]));
    expect(decision.unit.next).toMatchObject({ kind: "end", status: "failed", error: expect.stringContaining("SyncRunComplete") });
    expect(decision.failure?.code).toBe("op_not_supported");
  });

  test("a lease that has lasted gives way instead of going on", () => {
    expect(decide(runInHand(), ops([ran("a")]), { mustYield: true }).unit.next).toMatchObject({ kind: "queue", dueAt: now, attempt: 0 });
  });
});

describe("a targeted call", () => {
  const step = { itemId: "01J0000000000000000000000A" as never, itemSeq: 3 as never, stepId: hashStepId("a"), race: false };

  test("settles its step, wakes the run when the group is done, and is done with", () => {
    const decision = decide(runInHand({ step, version: 2, solo: false }), ops([ran("a")]));
    expect(decision.unit).toMatchObject({ lease: { kind: "step", itemSeq: 3 }, effects: [{ wake: "group" }], next: { kind: "done" } });
  });

  test.for([
    ["a race", { ...step, race: true }, 2],
    ["an SDK of version 1", step, 1],
  ] as const)("of %s wakes the run at once", ([, ofStep, version]) => {
    expect(decide(runInHand({ step: ofStep, version, solo: false }), ops([ran("a")], { version })).unit.effects).toMatchObject([
      { wake: "always" },
    ]);
  });

  test("that the app put off is made again on its own item, as the same attempt", () => {
    const busy: Reply = { kind: "error", code: "not_sdk", error: { name: "Error", message: "busy" }, noRetry: false, status: 429 };
    const { unit } = decide(runInHand({ step, attempt: 2, solo: false }), busy, { putOffUntil: epochMs(9_000) });
    expect(unit.next).toEqual({ kind: "retry", attempt: 2, dueAt: 9_000 });
  });

  test("that failed is tried again on its own item", () => {
    expect(decide(runInHand({ step, solo: false }), ops([threw("a")])).unit.next).toEqual({ kind: "retry", dueAt: 5_100, attempt: 1 });
  });

  test("whose function failed for good fails the run, and sweeps what is left of it", () => {
    const reply: Reply = { kind: "error", code: "function_error", error: { name: "E", message: "m" }, noRetry: true, status: 400 };
    expect(decide(runInHand({ step, solo: false }), reply).unit.next).toMatchObject({ kind: "end", status: "failed", sweep: true });
  });

  test("that the app does not know is planned no longer, and its run is told when nothing beside it is open", () => {
    const reply: Reply = { kind: "error", code: "step_not_found", error: { name: "Error", message: "no b" }, noRetry: false, status: 500 };
    const { unit, failure } = decide(runInHand({ step, solo: false, version: 2, attempt: 1 }), reply);
    expect(failure).toMatchObject({ code: "step_not_found", retryAt: now });
    expect(unit.next).toEqual({ kind: "done" });
    expect(unit.effects).toMatchObject([
      { kind: "record_attempt", stepId: step.stepId, attempt: 1, errorCode: "step_not_found", httpStatus: 500 },
      { kind: "unplan_step", stepId: step.stepId, attempt: 2, wake: "group" },
    ]);
    const wakeOf = (run: Parameters<typeof runInHand>[0]): unknown => decide(runInHand({ solo: false, ...run }), reply).unit.effects[1];
    expect(wakeOf({ step, version: 1 })).toMatchObject({ wake: "always" });
    expect(wakeOf({ step: { ...step, race: true }, version: 2 })).toMatchObject({ wake: "always" });
  });

  test("that the app reports and never knows fails the run with its last attempt", () => {
    const reply: Reply = { kind: "error", code: "step_not_found", error: { name: "Error", message: "no b" }, noRetry: false, status: 500 };
    expect(decide(runInHand({ step, solo: false, attempt: 4 }), reply)).toMatchObject({
      unit: { next: { kind: "end", status: "failed" } },
      failure: { code: "step_not_found" },
    });
    // A discovery that fails in this way is like any other.
    expect(decide(runInHand(), reply).unit.next).toMatchObject({ kind: "queue", attempt: 1 });
  });

  test("answered like the end by the Go SDK is one it does not know, by others the end", () => {
    expect(decide(runInHand({ step, solo: false }), { kind: "result", data: asJson(null), sdk: "go:v0.15.1" }).unit).toMatchObject({
      next: { kind: "done" },
      effects: [{ kind: "record_attempt" }, { kind: "unplan_step" }],
    });
    expect(decide(runInHand({ step, solo: false }), { kind: "result", data: asJson(1), sdk: "js:v4" }).unit.next).toMatchObject({
      kind: "end",
      status: "completed",
    });
  });
});

describe("other replies", () => {
  const failed: Reply = { kind: "error", code: "http_unreachable", error: { name: "HttpUnreachable", message: "refused" }, noRetry: false };

  test("a call that the app put off is made again then, as the same attempt, were it the last; a final one is not", () => {
    const busy: Reply = { ...failed, code: "not_sdk", status: 429 };
    const until = { putOffUntil: epochMs(9_000) };
    const again = decide(runInHand({ attempt: 4 }), busy, until);
    expect(again.unit).toMatchObject({
      effects: [{ kind: "record_attempt", attempt: 4, errorCode: "back_pressure", httpStatus: 429, retryAt: 9_000 }],
      next: { kind: "queue", attempt: 4, dueAt: 9_000 },
    });
    expect(decide(runInHand(), { ...busy, noRetry: true }, until).unit.next).toMatchObject({ kind: "end", status: "failed" });
  });

  test("a failed attempt is recorded and made again; the last one fails the run", () => {
    const again = decide(runInHand(), failed);
    expect(again.unit).toMatchObject({
      effects: [{ kind: "record_attempt", errorCode: "http_unreachable", retryAt: 5_100 }],
      next: { kind: "queue", attempt: 1 },
    });
    expect(decide(runInHand({ attempt: 4 }), failed).unit.next).toMatchObject({
      kind: "end",
      status: "failed",
      error: expect.stringContaining("refused"),
    });
  });

  test("a broken limit ends the run with the limit's name", () => {
    expect(decideOverLimit(runInHand(), { limit: "stepsPerRunMax", max: 10_000 }, context()).unit.next).toMatchObject({
      kind: "end",
      error: expect.stringContaining("InngestErrFunctionOverflowed"),
    });
    expect(decideOverLimit(runInHand(), { limit: "runStateBytesMax", max: 7 }, context()).unit.next).toMatchObject({
      kind: "end",
      error: expect.stringContaining("InngestErrStateOverflowed"),
    });
  });

  test("a run that its holders did not survive ends as lost", () => {
    const decision = decideLost(runInHand({ leaseLosses: 10 }), context());
    expect(decision.unit.next).toMatchObject({ kind: "end", status: "failed", error: expect.stringContaining("WorkerLost") });
    expect(decision.failure?.code).toBe("worker_lost");
  });

  test("a run with other items guards on no length, and sweeps at its end", () => {
    const decision = decide(runInHand({ solo: false }), { kind: "result", data: asJson(1), sdk: "js:v4" });
    expect(decision.unit.lease).not.toHaveProperty("journalLength");
    expect(decision.unit.next).toMatchObject({ kind: "end", sweep: true });
  });
});
