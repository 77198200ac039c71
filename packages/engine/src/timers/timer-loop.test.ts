import { type EpochMs, epochMs, type StoreSeq } from "@stepwell/protocol";
import type { Store, TimerRecord, WaitRecord } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../testing/index.ts";
import { TimerLoop } from "./timer-loop.ts";

const t0 = Date.UTC(2026, 0, 1);

/** Timers in memory, by subject, and a loop that takes each away when it has fired. */
class Bench {
  readonly clock = new VirtualClock(t0);
  readonly fired: string[] = [];
  readonly failures: number[] = [];
  /** How often the store was asked. */
  looks = 0;
  /** What a handler does instead of succeeding. */
  trouble: (subject: string) => void = () => undefined;
  /** Resolves when no event is left to be looked at. */
  matched: Promise<void> = Promise.resolve();
  readonly #timers = new Map<string, TimerRecord>();
  readonly #waits = new Map<string, WaitRecord>();
  readonly loop = new TimerLoop({
    store: { timers: { due: (params: { readonly now: EpochMs }) => this.#due(params.now) } } as unknown as Store,
    clock: this.clock,
    matched: () => this.matched,
    onTimer: {
      cron: (timer) => this.#fire(timer),
      start_deadline: (timer) => this.#fire(timer),
      finish_deadline: (timer) => this.#fire(timer),
      cancel_run: (timer) => this.#fire(timer),
      tell_end: (timer) => this.#fire(timer),
      bulk_cancel: (timer) => this.#fire(timer),
      debounce: (timer) => this.#fire(timer),
      batch: (timer) => this.#fire(timer),
      bulk_redrive: (timer) => this.#fire(timer),
    },
    onWaitOver: async (wait) => {
      this.fired.push(`${wait.stepId} ${this.clock.now() - t0}`);
      this.#waits.delete(wait.stepId);
    },
    onFailure: (_, retryInMs) => void this.failures.push(retryInMs),
  });

  set(subject: string, afterMs: number, kind: TimerRecord["kind"] = "cron"): void {
    const dueAt = epochMs(t0 + afterMs);
    this.#timers.set(subject, { seq: 1 as StoreSeq, kind, subject, dueAt });
    this.loop.wake(dueAt);
  }

  wait(stepId: string, afterMs: number): void {
    const dueAt = epochMs(t0 + afterMs);
    this.#waits.set(stepId, { stepId, dueAt } as WaitRecord);
    this.loop.wake(dueAt);
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.clock.endTurn() ? 0 : quiet + 1;
    }
  }

  async moveTo(afterMs: number): Promise<void> {
    this.clock.moveTo(t0 + afterMs);
    await this.settle();
  }

  #due(now: EpochMs): ReturnType<Store["timers"]["due"]> {
    this.looks += 1;
    const inOrder = <Row extends { readonly dueAt: EpochMs }>(rows: Iterable<Row>): readonly Row[] =>
      [...rows].sort((one, other) => one.dueAt - other.dueAt);
    const [timers, waits] = [inOrder(this.#timers.values()), inOrder(this.#waits.values())];
    const nextDueAt = inOrder<{ readonly dueAt: EpochMs }>([...timers, ...waits]).find(({ dueAt }) => dueAt > now)?.dueAt;
    const isDue = ({ dueAt }: { readonly dueAt: EpochMs }): boolean => dueAt <= now;
    return Promise.resolve({ timers: timers.filter(isDue), waits: waits.filter(isDue), ...(nextDueAt === undefined ? {} : { nextDueAt }) });
  }

  async #fire(timer: TimerRecord): Promise<void> {
    this.trouble(timer.subject);
    this.fired.push(`${timer.subject} ${this.clock.now() - t0}`);
    this.#timers.delete(timer.subject);
  }
}

async function started(): Promise<Bench> {
  const bench = new Bench();
  bench.loop.start();
  await bench.settle();
  return bench;
}

describe("the timer loop", () => {
  test("fires each timer when it is due, in that order, and asks nothing of the store in between", async () => {
    const bench = await started();
    bench.set("late", 2_000);
    bench.set("soon", 1_000);
    const { looks } = bench;
    await bench.moveTo(999);
    expect([bench.fired, bench.looks]).toEqual([[], looks]);
    await bench.moveTo(1_000);
    await bench.moveTo(2_500);
    expect(bench.fired).toEqual(["soon 1000", "late 2500"]);
    const after = bench.looks;
    await bench.moveTo(86_400_000);
    expect(bench.looks).toBe(after);
  });

  test("fires what was due before it started", async () => {
    const bench = new Bench();
    bench.set("old", -60_000);
    bench.loop.start();
    await bench.settle();
    expect(bench.fired).toEqual(["old 0"]);
  });

  test("goes on with the others when one fails, and comes back to it later each time", async () => {
    const bench = await started();
    bench.trouble = (subject) => {
      if (subject === "bad") throw new Error("the disk is full");
    };
    bench.set("bad", 1_000);
    bench.set("good", 1_000);
    await bench.moveTo(1_000);
    expect(bench.fired).toEqual(["good 1000"]);
    await bench.moveTo(1_050);
    await bench.moveTo(1_150);
    expect(bench.failures).toEqual([50, 100, 200]);
    bench.trouble = () => undefined;
    await bench.moveTo(1_350);
    expect(bench.fired).toEqual(["good 1000", "bad 1350"]);
  });

  test("ends a wait in time, but not before every event that may end it has been looked at", async () => {
    const bench = await started();
    const { promise, resolve } = Promise.withResolvers<void>();
    bench.matched = promise;
    bench.wait("paid", 1_000);
    bench.set("soon", 1_000);
    await bench.moveTo(1_000);
    expect(bench.fired).toEqual(["soon 1000"]);
    resolve();
    await bench.settle();
    expect(bench.fired).toEqual(["soon 1000", "paid 1000"]);
  });

  test("fires nothing after it was stopped", async () => {
    const bench = await started();
    bench.set("late", 1_000);
    bench.loop.stop();
    await bench.moveTo(2_000);
    expect(bench.fired).toEqual([]);
  });
});
