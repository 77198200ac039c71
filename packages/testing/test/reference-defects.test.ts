// What the test package of the reference cannot do or does wrong, and this one does right: one test for each.

import { hashStepId } from "@stepwell/protocol";
import { Stepwell } from "stepwell";
import { describe, expect, test } from "vitest";
import { createTestEngine } from "../src/index.ts";

const client = new Stepwell({ id: "shop" });

describe("unlike in the reference's test package", () => {
  test("a failure is tried again, as often as the function says", async () => {
    const flaky = client.createFunction({ id: "flaky", retries: 2 }, { event: "go" }, ({ attempt }) => {
      if (attempt < 2) throw new Error(`no ${attempt}`);
      return attempt;
    });
    await using t = await createTestEngine({ functions: [flaky] });
    await t.send({ name: "go" });
    await t.runUntilIdle();
    await t.assert.completed(flaky, 2);
  });

  test("the failure handler runs", async () => {
    const heard: string[] = [];
    const failing = client.createFunction(
      { id: "failing", retries: 0, onFailure: ({ error }) => void heard.push(error.message) },
      { event: "go" },
      () => {
        throw new Error("broken");
      },
    );
    await using t = await createTestEngine({ functions: [failing] });
    await t.send({ name: "go" });
    await t.assert.failed(failing);
    expect(heard).toEqual(["broken"]);
  });

  test("what a mock gives is stored and read back: the function gets what it would get of the step itself", async () => {
    class Own {
      readonly x = 1;
    }
    const given = { at: new Date(0), own: new Own(), list: [1] };
    const seen: (typeof given)[] = [];
    const reads = client.createFunction({ id: "reads" }, { event: "go" }, async ({ step }) => {
      const got = (await step.run("read", () => given)) as unknown as typeof given;
      got.list.push(2);
      seen.push(got);
      await step.sleep("nap", "1m");
    });
    await using t = await createTestEngine({ functions: [reads], mocks: { read: () => given } });
    await t.send({ name: "go" });
    await t.runUntilIdle();
    expect(given.list).toEqual([1]);
    expect(seen).toEqual([1, 2].map(() => ({ at: new Date(0), own: { x: 1 }, list: [1, 2] })));
    expect(seen.map(({ own }) => Object.getPrototypeOf(own) === Object.prototype)).toEqual([true, true]);
  });

  test("what a function sends with its client is sent to the engine, and nowhere else", async () => {
    const sends = client.createFunction(
      { id: "sends" },
      { event: "go" },
      async () => (await client.send({ name: "sent", data: { x: 1 } })).ids.length,
    );
    const heard = client.createFunction({ id: "heard" }, { event: "sent" }, ({ event }) => event.data["x"] as number);
    await using t = await createTestEngine({ functions: [sends, heard] });
    await t.send({ name: "go" });
    await t.assert.sent("sent", { x: 1 }, { times: 1 });
    await t.assert.completed(heard, 1);
  });

  test("steps are named by their ids, and their hashes are known beside them", async () => {
    const one = client.createFunction({ id: "one" }, { event: "go" }, ({ step }) => step.run("charge card", () => 1));
    await using t = await createTestEngine({ functions: [one] });
    await t.send({ name: "go" });
    expect(await t.assert.step(one, "charge card", { output: 1 })).toMatchObject({ id: hashStepId("charge card") });
  });

  test("functions are started by what triggers them: name, wildcard and condition", async () => {
    const big = client.createFunction({ id: "big" }, { event: "order/*", if: "event.data.sum > 100" }, () => "big");
    await using t = await createTestEngine({ functions: [big] });
    await t.send([
      { name: "order/paid", data: { sum: 5 } },
      { name: "other", data: { sum: 500 } },
      { name: "order/sent", data: { sum: 500 } },
    ]);
    await t.assert.started(big, 1);
    await t.assert.completed(big, "big");
  });

  test("sleeps and waits take their time, and end when it is over or the event comes", async () => {
    const waits = client.createFunction({ id: "waits" }, { event: "go" }, async ({ step }) => {
      await step.sleep("nap", "2h");
      return (await step.waitForEvent("paid", { event: "paid", timeout: "1h", if: "async.data.id == event.data.id" }))?.name ?? "none";
    });
    await using t = await createTestEngine({ functions: [waits] });
    await t.send({ name: "go", data: { id: 1 } });
    await t.advance("119m");
    await t.assert.waiting(waits, "nap");
    await t.advance("1m");
    await t.send({ name: "paid", data: { id: 2 } });
    await t.assert.waiting(waits, "paid");
    await t.send({ name: "paid", data: { id: 1 } });
    await t.assert.completed(waits, "paid");
  });

  test("an invoke runs the function it names", async () => {
    const child = client.createFunction({ id: "child", triggers: [] }, ({ event }) => (event.data["n"] as number) + 1);
    const parent = client.createFunction({ id: "parent" }, { event: "go" }, ({ step }) =>
      step.invoke("call", { function: child, data: { n: 1 } }),
    );
    await using t = await createTestEngine({ functions: [parent, child] });
    await t.send({ name: "go" });
    await t.assert.completed(parent, 2);
  });

  test("limits hold", async () => {
    let running = 0;
    let most = 0;
    const limited = client.createFunction({ id: "limited", concurrency: 2 }, { event: "go" }, ({ step }) =>
      step.run("work", async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 2));
        running -= 1;
      }),
    );
    await using t = await createTestEngine({ functions: [limited] });
    await t.send(Array.from({ length: 9 }, () => ({ name: "go" })));
    expect((await t.runs(limited)).map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => "completed"));
    expect(most).toBe(2);
  });
});
