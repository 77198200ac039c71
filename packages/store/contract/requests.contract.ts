import type { JsonText } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import type { OpenStore } from "./open-store.ts";
import { at, call, cancel, openGroup, settle, stepId, t0 } from "./parts.ts";
import { setup } from "./setup.ts";

const body = '{"url":"https://a.test/"}' as JsonText;
const request = { op: "Gateway", request: body } as const;

/** What every store promises of steps that the server itself does something for. */
export function requestsContract(openStore: OpenStore): void {
  describe("requests of steps", () => {
    test("a claim brings the request, again after a try that failed, until the step has its result", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([call(run.lease, [bench.plan("ask", request)], bench.park(), { version: 2 })]);
      const first = await bench.claimOne();
      expect(first).toMatchObject({ kind: "step", generation: 1, request: { op: "Gateway", name: "ask", body } });
      await bench.outcomes([call(bench.leaseOf(first), [], { kind: "retry", dueAt: at(10), attempt: 1 })]);
      const second = await bench.claimOne(at(10));
      expect(second).toMatchObject({ attempt: 1, request: { op: "Gateway", name: "ask", body } });
      expect(bench.countRequests()).toBe(1);
      await bench.outcomes([call(bench.leaseOf(second), [settle("ask", { op: "Gateway", wake: "group" })], { kind: "done" })]);
      expect(bench.countRequests()).toBe(0);
      // Reported alone, it has no group to wait for.
      expect(await bench.claimOne(at(10))).toMatchObject({ kind: "own", runId: run.runId });
      expect(await bench.journal(run.runSeq)).toEqual(["ask"]);
    });

    test("other planned steps have none", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([
        call(run.lease, [openGroup(["ask", "a"]), bench.plan("ask", request), bench.plan("a")], bench.park(), { version: 2 }),
      ]);
      const { items } = await bench.claim();
      expect(items.find((item) => item.stepId === stepId("ask"))?.request).toEqual({ op: "Gateway", name: "ask", body });
      expect(items.find((item) => item.stepId === stepId("a"))).not.toHaveProperty("request");
    });

    test("an item that is planned leased is held at once, and nobody claims it", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const unit = call(run.lease, [bench.plan("ask", { ...request, wantsLease: true })], bench.park(), { version: 2 });
      const { outcomes, wake } = await bench.commit([unit]);
      const [outcome] = outcomes;
      expect(outcome).toMatchObject({ kind: "committed", planned: [{ stepId: stepId("ask") }] });
      expect(wake.ready).toBe(false);
      expect((await bench.claim()).items).toEqual([]);
      const itemSeq = outcome?.kind === "committed" ? outcome.planned?.[0]?.itemSeq : undefined;
      const [held] = await bench.store.queue.listHeld({ holderId: bench.store.holder.id });
      expect(held?.lease).toEqual({ kind: "step", runSeq: run.runSeq, itemSeq, holderId: bench.store.holder.id, generation: 1 });
      if (held === undefined) throw new Error("nothing is held");
      await bench.outcomes([call(held.lease, [settle("ask", { op: "Gateway", wake: "group" })], { kind: "done" })]);
      expect(await bench.claimOne()).toMatchObject({ kind: "own", runId: run.runId });
    });

    test("one that is reported again is neither planned nor leased again", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const plan = bench.plan("ask", { ...request, wantsLease: true });
      await bench.outcomes([call(run.lease, [plan], { kind: "keep" }, { version: 2 })]);
      const again = call({ ...run.lease, generation: 2 }, [bench.plan("ask", { ...request, wantsLease: true })], bench.park());
      expect(await bench.outcomes([again])).toEqual([{ kind: "committed" }]);
      expect(await bench.store.queue.listHeld({ holderId: bench.store.holder.id })).toHaveLength(1);
    });

    test("the next holder is given what a dead one held, with the request and a higher generation", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      const plan = bench.plan("ask", { ...request, wantsLease: true });
      const [outcome] = await bench.outcomes([call(run.lease, [plan], bench.park(), { version: 2 })]);
      const itemSeq = outcome?.kind === "committed" ? outcome.planned?.[0]?.itemSeq : undefined;
      if (itemSeq === undefined) throw new Error("the step was not planned leased");
      const dead = { kind: "step", runSeq: run.runSeq, itemSeq, holderId: bench.store.holder.id, generation: 1 } as const;
      await bench.reopen();
      await bench.store.queue.takeOver({ now: t0, epoch: bench.store.holder.epoch, limit: 10, countLosses: false });
      expect(await bench.claimOne()).toMatchObject({ stepId: stepId("ask"), generation: 2, attempt: 0, request: { body } });
      expect(await bench.outcomes([call(dead, [settle("ask")], { kind: "done" })])).toEqual([{ kind: "lease_lost" }]);
    });

    test("the end of the run forgets its requests", async () => {
      await using bench = await setup(openStore);
      const run = await bench.start();
      await bench.outcomes([call(run.lease, [bench.plan("ask", request)], bench.park(), { version: 2 })]);
      await bench.outcomes([cancel(run.runId)]);
      expect(bench.countRequests()).toBe(0);
      expect((await bench.claim()).items).toEqual([]);
    });
  });
}
