import { describe, expect, test } from "vitest";
import { runInHand } from "../../testing/run-in-hand.ts";
import type { RunInHand } from "../runs/run-in-hand.ts";
import { Hands } from "./hands.ts";

/** Hands whose work ends when the test says so. */
function setup(limits: { readonly callsInFlightMax: number; readonly bornLeasedMax: number }) {
  const working: { readonly run: RunInHand; readonly end: () => Promise<void> }[] = [];
  let rooms = 0;
  const hands = new Hands({
    ...limits,
    work: (run) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      working.push({
        run,
        end: async () => {
          resolve();
          await new Promise((done) => setImmediate(done));
        },
      });
      return promise;
    },
    onRoom: () => {
      rooms += 1;
    },
  });
  return { hands, working, rooms: () => rooms };
}

const run = (id: string): RunInHand => runInHand({ runId: id as never });
const ids = (working: readonly { readonly run: RunInHand }[]): readonly string[] => working.map((each) => each.run.runId);

describe("hands", () => {
  test("begin born-leased runs up to the limit of calls, and keep the rest in order", async () => {
    const { hands, working } = setup({ callsInFlightMax: 2, bornLeasedMax: 10 });
    for (const id of ["a", "b", "c", "d"]) hands.takeBorn(run(id));
    expect(ids(working)).toEqual(["a", "b"]);
    expect([hands.inFlight, hands.waiting, hands.roomForBorn]).toEqual([2, 2, 8]);
    await working[1]?.end();
    expect(ids(working)).toEqual(["a", "b", "c"]);
    await working[0]?.end();
    expect(ids(working)).toEqual(["a", "b", "c", "d"]);
    expect(hands.find("a" as never)).toBeUndefined();
    expect(hands.find("c" as never)?.runId).toBe("c");
  });

  test("give every second free place to the queue while rows are ready there", async () => {
    const { hands, working, rooms } = setup({ callsInFlightMax: 1, bornLeasedMax: 10 });
    hands.rowsAreReady = true;
    for (const id of ["a", "b", "c"]) hands.takeBorn(run(id));
    await working[0]?.end();
    expect([rooms(), ids(working)]).toEqual([1, ["a"]]);
    hands.takeClaimed(run("claimed"));
    await working[1]?.end();
    expect(ids(working)).toEqual(["a", "claimed", "b"]);
  });

  test("give a place that the queue left free to the runs that wait: none of them is forgotten", async () => {
    const { hands, working } = setup({ callsInFlightMax: 1, bornLeasedMax: 10 });
    hands.rowsAreReady = true;
    for (const id of ["a", "b"]) hands.takeBorn(run(id));
    await working[0]?.end();
    hands.fillRest();
    expect(ids(working)).toEqual(["a", "b"]);
  });

  test("say how many items may be claimed: all free places, or every second one that became free while runs wait", async () => {
    const { hands, working } = setup({ callsInFlightMax: 4, bornLeasedMax: 10 });
    hands.rowsAreReady = true;
    expect(hands.roomForClaims).toBe(4);
    hands.takeBorn(run("a"));
    expect(hands.roomForClaims).toBe(3);
    for (const id of ["b", "c", "d", "e", "f", "g"]) hands.takeBorn(run(id));
    expect(hands.roomForClaims).toBe(0);
    for (const each of working.slice(0, 4)) await each.end();
    expect([hands.roomForClaims, ids(working), hands.waiting]).toEqual([2, ["a", "b", "c", "d", "e", "f"], 1]);
  });

  test("give out what waits when they pause, and take nothing more to begin", () => {
    const { hands, working } = setup({ callsInFlightMax: 1, bornLeasedMax: 10 });
    for (const id of ["a", "b", "c"]) hands.takeBorn(run(id));
    expect(hands.pause().map(({ runId }) => runId)).toEqual(["b", "c"]);
    expect([hands.roomForBorn, hands.waiting, ids(working)]).toEqual([0, 0, ["a"]]);
  });

  test("find everything of one run: its own item and its parallel steps", () => {
    const { hands } = setup({ callsInFlightMax: 9, bornLeasedMax: 9 });
    hands.takeClaimed(run("a"));
    hands.takeClaimed(
      runInHand({ runId: "a" as never, step: { itemId: "s" as never, itemSeq: 1 as never, stepId: "x" as never, race: false } }),
    );
    hands.takeClaimed(run("b"));
    expect(hands.ofRun("a" as never)).toHaveLength(2);
    expect(hands.size).toBe(3);
  });

  test("let suspects through one at a time, and everybody else once they have been", async () => {
    const { hands, working, rooms } = setup({ callsInFlightMax: 10, bornLeasedMax: 10 });
    const lost = (id: string): RunInHand => runInHand({ runId: id as never, leaseLosses: 2 });
    hands.suspect(2);
    expect([hands.roomForClaims, hands.roomForBorn]).toEqual([1, 0]);
    hands.takeClaimed(run("other"));
    expect(hands.roomForClaims).toBe(0);
    await working[0]?.end();
    expect([hands.roomForClaims, rooms()]).toEqual([1, 1]);
    hands.takeClaimed(lost("one"));
    await working[1]?.end();
    expect([hands.roomForClaims, hands.roomForBorn]).toEqual([1, 0]);
    hands.takeClaimed(lost("two"));
    await working[2]?.end();
    expect([hands.roomForClaims, hands.roomForBorn]).toEqual([10, 10]);
  });

  test("wait for suspects no longer than they are told to", () => {
    const { hands, rooms } = setup({ callsInFlightMax: 10, bornLeasedMax: 10 });
    hands.suspect(2);
    hands.takeClaimed(run("slow"));
    hands.trust();
    expect([hands.roomForClaims, hands.roomForBorn, rooms()]).toEqual([9, 10, 1]);
  });
});
