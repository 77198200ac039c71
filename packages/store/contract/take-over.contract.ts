import type { StoreSeq } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { endRun, finished, park, placesOf } from "./look-back-parts.ts";
import type { OpenStore } from "./open-store.ts";
import { at, call, end } from "./parts.ts";
import { setup } from "./setup.ts";
import { endedWith, waitForEvent, waitForSignal } from "./wait-parts.ts";

/** What every store promises of events and waits that a process left behind before they had met. */
export function takeOverContract(openStore: OpenStore): void {
  describe("take-over of what was not looked at", () => {
    test("waits that were not looked at are there after a restart, with the same events", async () => {
      await using bench = await setup(openStore);
      const since = bench.store.waits.mark();
      const event = await bench.send();
      const unlooked = await park(bench, await bench.start(), { since });
      await bench.reopen();
      const { waits } = bench.store;
      expect(waits.hasAny).toBe(true);
      expect(await waits.listUnlooked({ limit: 9 })).toEqual(unlooked);
      const found = await waits.lookBack({ waitSeq: unlooked[0] as StoreSeq, limit: 9 });
      expect(placesOf(found?.events)).toEqual([event.id]);
    });

    test("how far the last holder had looked survives it, and never goes back", async () => {
      await using bench = await setup(openStore);
      const first = bench.store.waits.mark();
      await bench.send();
      const second = bench.store.waits.mark();
      await bench.store.commit([], { now: at(5_000), matched: second });
      await bench.store.commit([], { now: at(10_000), matched: first });
      await bench.reopen();
      expect(bench.store.waits.matchedBefore).toBe(second);
      await bench.reopen();
      expect(bench.store.waits.matchedBefore).toBe(second);
    });

    test("events since then whose name is waited for now are listed in their order, and ends where they are", async () => {
      await using bench = await setup(openStore);
      await bench.waiting([waitForEvent("w", bench.store.waits.mark()), waitForSignal("s", "go")]);
      await bench.start({ cancelRules: [{ eventName: "shop/cancelled", dueAt: at(9_000) }] });
      const looked = await bench.send();
      await endRun(bench);
      await bench.store.commit([], { now: at(5_000), matched: bench.store.waits.mark() });
      const [one, two] = [await bench.send(), await bench.send({ name: "shop/cancelled" })];
      await bench.send({ name: "go" });
      const run = await endRun(bench);
      const three = await bench.send();
      await bench.reopen();

      const list = async (limit: number): Promise<readonly (string | StoreSeq)[]> => {
        const places: (string | StoreSeq)[] = [];
        for (let after = bench.store.waits.matchedBefore; ; ) {
          const { events, upTo } = await bench.store.waits.listUnmatched({ after, limit });
          if (events.length === 0) return places;
          places.push(...placesOf(events));
          after = upTo;
        }
      };
      expect(await list(100)).toEqual([one.id, two.id, three.id]);
      expect(await list(1)).toEqual([one.id, two.id, three.id]);
      expect(await list(100)).not.toContain(looked.id);

      await bench.waiting([waitForEvent("f", bench.store.waits.mark(), { eventName: finished })]);
      expect(await list(2)).toEqual([one.id, two.id, run.runSeq, three.id]);
      const since = await endRun(bench);
      expect(await list(2)).toEqual([one.id, two.id, run.runSeq, three.id, since.runSeq]);
    });

    test("an end that is all a process has written is there for its successor, and before what comes then", async () => {
      await using bench = await setup(openStore);
      await bench.waiting([waitForEvent("f", bench.store.waits.mark(), { eventName: finished })]);
      const run = await bench.start();
      await bench.reopen();
      await bench.outcomes([call({ ...run.lease, journalLength: 0 }, [], end())]);
      await bench.reopen();
      const { waits } = bench.store;
      const { events } = await waits.listUnmatched({ after: waits.matchedBefore, limit: 9 });
      expect(events).toMatchObject([{ kind: "ended", runSeq: run.runSeq }]);
      const ended = events[0]?.kind === "ended" ? events[0].endedSeq : 0;
      expect((await bench.send({ name: finished })).seq).toBeGreaterThan(ended);
    });

    test("a wait that its process had not looked at finds the end that came while its call was under way", async () => {
      await using bench = await setup(openStore);
      const [waiting, ending] = [await bench.start(), await bench.start()];
      const since = bench.store.waits.mark();
      await bench.outcomes([call({ ...ending.lease, journalLength: 0 }, [], end())]);
      // The events before the wait had been looked at, when its process died.
      await bench.store.commit([], { now: at(5_000), matched: bench.store.waits.mark() });
      const [waitSeq] = await park(bench, waiting, { since, eventName: finished });
      await bench.reopen();
      const { waits } = bench.store;
      const after = waits.matchedBefore;
      expect((await waits.listUnmatched({ after, limit: 9 })).events).toEqual([]);
      expect(await waits.listUnlooked({ limit: 9 })).toEqual([waitSeq]);
      const found = await waits.lookBack({ waitSeq: waitSeq as StoreSeq, limit: 9 });
      expect(placesOf(found?.events)).toEqual([ending.runSeq]);
    });

    test("where nobody waits for anything there is nothing to take over", async () => {
      await using bench = await setup(openStore);
      await bench.waiting([waitForEvent("w", bench.store.waits.mark())]);
      await bench.send();
      await bench.outcomes([endedWith(await bench.onlyWait())]);
      await bench.reopen();
      const { waits } = bench.store;
      expect(waits.hasAny).toBe(false);
      expect((await waits.listUnmatched({ after: waits.matchedBefore, limit: 9 })).events).toEqual([]);
      expect(await waits.listUnlooked({ limit: 9 })).toEqual([]);
    });
  });
}
