import type { JsonText } from "@stepwell/protocol";
import type { AcceptUnit, SetTimerUnit, TimerKind } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import type { OpenStore } from "./open-store.ts";
import { at, type t0 } from "./parts.ts";
import { setup } from "./setup.ts";
import { waitForEvent } from "./wait-parts.ts";

const committed = { kind: "committed" };
const notFound = { kind: "not_found" };

function set(subject: string, dueAt: typeof t0 | undefined, parts: Partial<SetTimerUnit> & { readonly data?: string } = {}): SetTimerUnit {
  const { data, ...rest } = parts;
  const next = dueAt === undefined ? {} : { next: data === undefined ? { dueAt } : { dueAt, data: data as JsonText } };
  return { kind: "set_timer", timer: "cron", subject, ...next, ...rest };
}

/** What every store promises of timers. */
export function timersContract(openStore: OpenStore): void {
  describe("timers", () => {
    test("timers and waits are due in the order of their times, a page at a time, and the next one is known", async () => {
      await using bench = await setup(openStore);
      const { store } = bench;
      expect(await store.timers.due({ now: at(9_999), limit: 9 })).toEqual({ timers: [], waits: [] });
      const { wake } = await bench.commit([set("c", at(300)), set("a", at(100)), set("b", at(200), { data: '{"n":1}' })]);
      expect(wake).toEqual({ ready: false, timerDueAt: at(100) });
      const since = store.waits.mark();
      await bench.waiting([waitForEvent("late", since, { dueAt: at(250) }), waitForEvent("soon", since, { dueAt: at(150) })]);

      expect(await store.timers.due({ now: at(99), limit: 9 })).toEqual({ timers: [], waits: [], nextDueAt: at(100) });
      expect(await store.timers.due({ now: at(200), limit: 9 })).toMatchObject({
        timers: [
          { kind: "cron", subject: "a", dueAt: at(100) },
          { subject: "b", dueAt: at(200), data: '{"n":1}' },
        ],
        waits: [{ dueAt: at(150) }],
        nextDueAt: at(250),
      });
      const page = await store.timers.due({ now: at(999), limit: 1 });
      expect([page.timers.map(({ subject }) => subject), page.waits.map(({ dueAt }) => dueAt)]).toEqual([["a"], [at(150)]]);
      expect(page.nextDueAt).toBeUndefined();
    });

    test("a timer is one of its kind and subject: set again it moves", async () => {
      await using bench = await setup(openStore);
      const { timers } = bench.store;
      await bench.outcomes([set("s", at(100), { data: "1" }), set("s", at(50)), set("s", at(70), { timer: "cancel_run" })]);
      expect(await bench.timers()).toMatchObject([
        { kind: "cron", dueAt: at(50) },
        { kind: "cancel_run", dueAt: at(70) },
      ]);
      expect((await timers.get({ kind: "cron", subject: "s" }))?.data).toBeUndefined();
      expect(await timers.get({ kind: "cron", subject: "t" })).toBeUndefined();
      expect(await timers.get({ kind: "start_deadline", subject: "s" })).toBeUndefined();
      expect((await timers.list({ kind: "cron" })).map(({ subject }) => subject)).toEqual(["s"]);
    });

    test("a timer is moved and removed as it was seen, and by whoever comes first", async () => {
      await using bench = await setup(openStore);
      await bench.outcomes([set("s", at(100))]);
      const move = set("s", at(200), { expected: at(100) });
      expect(await bench.outcomes([set("s", undefined, { expected: at(99) }), move, move])).toEqual([notFound, committed, notFound]);
      const remove = set("s", undefined, { expected: at(200) });
      expect(await bench.outcomes([remove, remove, set("s", undefined), move])).toEqual([committed, notFound, committed, notFound]);
      expect(await bench.timers()).toEqual([]);
    });

    test("a timer outlives the store's process, and those of a kind are listed by subject", async () => {
      await using bench = await setup(openStore);
      await bench.outcomes([set("b", at(200)), set("a", at(300), { data: "{}" }), set("x", at(1), { timer: "cancel_run" })]);
      await bench.reopen(at(250));
      expect(await bench.store.timers.list({ kind: "cron" })).toMatchObject([
        { subject: "a", dueAt: at(300), data: "{}" },
        { subject: "b", dueAt: at(200) },
      ]);
    });

    test("a tick accepts its events and sets the next one in the same commit, exactly once", async () => {
      await using bench = await setup(openStore);
      await bench.outcomes([set("every minute", at(100))]);
      const tick = (next?: { readonly dueAt: typeof t0; readonly data?: JsonText }): AcceptUnit => ({
        ...bench.accept(bench.accepted([bench.startOf()])),
        timer: { kind: "cron" as TimerKind, subject: "every minute", dueAt: at(100), ...(next === undefined ? {} : { next }) },
      });
      const [first, second] = [tick({ dueAt: at(160), data: '"7"' as JsonText }), tick({ dueAt: at(160) })];
      expect(await bench.outcomes([first, second])).toMatchObject([{ kind: "accepted" }, notFound]);
      expect(await bench.outcomes([second, tick()])).toEqual([notFound, notFound]);
      expect(await bench.timers()).toMatchObject([{ dueAt: at(160), data: '"7"' }]);
      expect((await bench.store.reports.listRuns({}, { limit: 9 })).rows).toHaveLength(1);
      expect(await bench.store.reports.getEvent(second.events[0]?.event.id ?? ("" as never))).toBeUndefined();

      const last = { ...tick(), timer: { kind: "cron", subject: "every minute", dueAt: at(160) } as const };
      expect(await bench.outcomes([last])).toMatchObject([{ kind: "accepted" }]);
      expect(await bench.timers()).toEqual([]);
      expect(await bench.outcomes([last])).toEqual([notFound]);
    });

    test("a tick that is refused sets nothing", async () => {
      await using bench = await setup(openStore);
      await bench.outcomes([set("s", at(100))]);
      const { runId } = await bench.start();
      const timer = { kind: "cron", subject: "s", dueAt: at(100), next: { dueAt: at(200) } } as const;
      const unit = { ...bench.accept(bench.accepted([bench.startOf({ runId })])), timer };
      expect((await bench.outcomes([unit])).map(({ kind }) => kind)).toEqual(["refused"]);
      expect(await bench.timers()).toMatchObject([{ dueAt: at(100) }]);
    });
  });
}
