import type { ItemId } from "@stepwell/protocol";
import type { HeldItem, Store, Unit, UnitOutcome } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../testing/index.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";
import { LostLeases } from "./lost-leases.ts";

const held = { itemId: "item" as ItemId, lease: {}, queuedAt: 0 } as unknown as HeldItem;

/** A store that says what is held when the test wants it to. */
function setup() {
  const clock = new VirtualClock();
  const answers: ((items: readonly HeldItem[]) => void)[] = [];
  const released: Unit[] = [];
  const state = { isIdle: true, isClaiming: false, isInHand: false };
  const commit = async (unit: Unit): Promise<UnitOutcome> => {
    released.push(unit);
    return { kind: "committed" };
  };
  const leases = new LostLeases({
    store: { holder: { id: 1 }, queue: { listHeld: () => new Promise((answer) => answers.push(answer)) } } as unknown as Store,
    clock,
    writer: Object.defineProperty({ commit }, "isIdle", { get: () => state.isIdle }) as unknown as BatchWriter,
    isInHand: () => state.isInHand,
    isClaiming: () => state.isClaiming,
    onFailure: () => undefined,
  });
  const wait = (): Promise<void> => {
    clock.moveTo(clock.nextAt ?? clock.now());
    return new Promise((resolve) => setImmediate(resolve));
  };
  const answer = async (): Promise<void> => {
    answers.shift()?.([held]);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { leases, state, released, answers, wait, answer };
}

describe("leases that nobody has in hand", () => {
  test("are given back", async () => {
    const { leases, released, wait, answer } = setup();
    leases.look();
    await wait();
    await answer();
    expect(released).toMatchObject([{ kind: "release" }]);
  });

  test.each(["isClaiming", "isIdle"] as const)(
    "are looked for again where something was leased while the store answered (%s)",
    async (name) => {
      const { leases, state, released, answers, wait, answer } = setup();
      leases.look();
      await wait();
      state[name] = name === "isClaiming";
      await answer();
      expect(released).toEqual([]);
      state[name] = name === "isIdle";
      state.isInHand = true;
      await wait();
      expect(answers).toHaveLength(1);
      await answer();
      expect(released).toEqual([]);
    },
  );
});
