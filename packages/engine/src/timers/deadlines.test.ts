import { type EpochMs, epochMs } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { type DeadlineFacts, decideFinishDeadline, decideStartDeadline } from "./deadlines.ts";

const queuedAt = epochMs(1_000);
const facts = (more: Partial<DeadlineFacts> & { readonly startedAt?: EpochMs }): DeadlineFacts => ({
  run: { queuedAt, ...(more.startedAt === undefined ? {} : { startedAt: more.startedAt }) },
  limitMs: 500,
  now: epochMs(1_500),
  ...more,
});

describe("the deadline of a start", () => {
  test.for([
    ["a run that has not made its first call in time is cancelled", {}, { kind: "cancel", reason: "start_timeout" }],
    ["one that has is left alone", { startedAt: epochMs(1_499) }, { kind: "drop" }],
    ["also while its first call is under way and not recorded", { callBeganAt: epochMs(1_400) }, { kind: "drop" }],
    ["the option was taken away meanwhile", { limitMs: undefined }, { kind: "drop" }],
    ["it was made longer meanwhile", { limitMs: 900 }, { kind: "later", dueAt: 1_900 }],
    ["it was made shorter meanwhile", { limitMs: 1 }, { kind: "cancel", reason: "start_timeout" }],
  ] as const)("%s", ([, more, decision]) => {
    expect(decideStartDeadline(facts(more))).toEqual(decision);
  });
});

describe("the deadline of an end", () => {
  test.for([
    ["counts from the first call", { startedAt: epochMs(1_200) }, { kind: "later", dueAt: 1_700 }],
    ["also from one that is not recorded yet", { callBeganAt: epochMs(1_300) }, { kind: "later", dueAt: 1_800 }],
    ["is over then", { startedAt: epochMs(1_000) }, { kind: "cancel", reason: "finish_timeout" }],
    ["waits for a run that has not started, and is never early", {}, { kind: "later", dueAt: 2_000 }],
    ["goes with the option", { limitMs: undefined, startedAt: epochMs(1_000) }, { kind: "drop" }],
  ] as const)("%s", ([, more, decision]) => {
    expect(decideFinishDeadline(facts(more))).toEqual(decision);
  });
});
