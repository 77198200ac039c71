import { epochMs } from "@stepwell/protocol";
import type { FunctionId, LaneHold } from "@stepwell/store";
import { expect, test } from "vitest";
import { VirtualClock } from "../../testing/index.ts";
import { HeldLanes } from "./held-lanes.ts";

const subject = { functionId: 7 as FunctionId, value: "a" };
const constraint = ["breaker fn ", "a"];
const held = (until: number) => ({ functionId: 7, constraint, until, thenOne: true });
const letGo = { functionId: 7, constraint };

/** A store that answers when it is told to. */
class SlowQueue {
  readonly asked: LaneHold[] = [];
  readonly #answers: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  readonly hold = (hold: LaneHold): Promise<void> => {
    this.asked.push(hold);
    return new Promise((resolve, reject) => void this.#answers.push({ resolve, reject }));
  };

  async answer(error?: Error): Promise<void> {
    const next = this.#answers.shift();
    if (error === undefined) next?.resolve();
    else next?.reject(error);
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setup() {
  const queue = new SlowQueue();
  const clock = new VirtualClock();
  const told: string[] = [];
  const lanes = new HeldLanes({
    ...{ queue, clock },
    onTold: (hint) => told.push(JSON.stringify(hint)),
    onFailure: (error, retryInMs) => told.push(`${error instanceof Error ? error.message : ""}, again in ${retryInMs} ms`),
  });
  const live = async (ms: number): Promise<void> => {
    clock.moveTo(clock.now() + ms);
    clock.endTurn();
    await turn();
  };
  return { queue, told, lanes, live };
}

test("a hold comes before the end of itself, and what was overtaken meanwhile is not told", async () => {
  const { queue, told, lanes } = setup();
  const done = [lanes.set(subject, epochMs(100)), lanes.set(subject, epochMs(200)), lanes.set(subject, undefined)];
  expect(queue.asked).toEqual([held(100)]);
  await queue.answer();
  expect(queue.asked).toEqual([held(100), letGo]);
  await queue.answer();
  await Promise.all(done);
  expect(told).toEqual(['{"ready":false,"dueAt":100}', '{"ready":true}']);
  void lanes.set(subject, epochMs(300));
  expect(queue.asked.slice(2)).toEqual([held(300)]);
});

test("one breaker does not wait for another", async () => {
  const { queue, lanes } = setup();
  void lanes.set(subject, epochMs(100));
  void lanes.set({ functionId: subject.functionId }, epochMs(100));
  expect(queue.asked).toEqual([held(100), { functionId: 7, until: 100, thenOne: true }]);
});

test("what a failing store did not take is told again, after longer each time, as it is by then", async () => {
  const { queue, told, lanes, live } = setup();
  let isKnown = false;
  void lanes.set(subject, epochMs(100)).then(() => {
    isKnown = true;
  });
  await queue.answer(new Error("full"));
  await live(49);
  expect(queue.asked).toHaveLength(1);
  await live(1);
  await queue.answer(new Error("full"));
  await live(99);
  expect(queue.asked).toHaveLength(2);
  void lanes.set(subject, epochMs(900));
  await live(1);
  expect([queue.asked.at(-1), isKnown]).toEqual([held(900), false]);
  await queue.answer();
  expect([told, isKnown]).toEqual([["full, again in 50 ms", "full, again in 100 ms", '{"ready":false,"dueAt":900}'], true]);
});

test("nobody waits for a store that fails when the engine stops", async () => {
  const { queue, lanes } = setup();
  const waiting = lanes.set(subject, epochMs(100));
  await queue.answer(new Error("closed"));
  lanes.stop();
  await turn();
  await queue.answer(new Error("closed"));
  await waiting;
  expect(queue.asked).toHaveLength(2);
});
