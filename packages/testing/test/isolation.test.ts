import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createEngine } from "@stepwell/embedded";
import { EventSchemas, type StandardSchemaV1, Stepwell } from "stepwell";
import { encryptionMiddleware } from "stepwell/encryption";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createTestEngine } from "../src/index.ts";

const client = new Stepwell({ id: "shop" });
const tell = client.createFunction({ id: "tell" }, { event: "go" }, async ({ event, step }) => {
  await step.sleep("nap", "1h");
  await client.send({ name: "told", data: { who: event.data["who"] as string } });
  await step.sendEvent("tell", { name: "told in a step", data: { who: event.data["who"] as string } });
});

describe("engines beside each other", () => {
  test.concurrent.each(Array.from({ length: 8 }, (_, nth) => `engine ${nth}`))(
    "%s shares nothing with the others, not even by the client they share",
    async (who) => {
      await using t = await createTestEngine({ functions: [tell] });
      await t.send({ name: "go", data: { who } });
      await Promise.resolve();
      await t.advance("1h");
      await t.assert.completed(tell);
      expect((await t.events()).map(({ name, data }) => [name, data["who"]])).toEqual([
        ["go", who],
        ["told", who],
        ["told in a step", who],
      ]);
      await t.assert.started(tell, 1);
      await client.send({ name: "asked", data: { who } });
      await t.assert.sent("asked", { who }, { times: 1 });
    },
  );

  test("test code that sends through the client reaches the engine that was made last, and it stands after the end", async () => {
    const own = new Stepwell({ id: "own" });
    const heard = own.createFunction({ id: "heard" }, { event: "go" }, () => "heard");
    const first = await createTestEngine({ functions: [heard] });
    const second = await createTestEngine({ functions: [heard] });
    await own.send({ name: "go" });
    await second.runUntilIdle();
    await second.assert.completed(heard, "heard");
    await first.assert.started(heard, 0);
    await second.close();
    await own.send({ name: "go" });
    await first.runUntilIdle();
    await first.assert.started(heard, 1);
    await first.close();
    await first.close();
    await expect(first.send({ name: "go" })).rejects.toMatchObject({ code: "engine_stopped" });
  });

  test("where nobody knows which engine is meant, nothing is sent", async () => {
    const own = new Stepwell({ id: "own" });
    const heard = own.createFunction({ id: "heard" }, { event: "go" }, () => "heard");
    const later = async () => {
      await Promise.resolve();
      return createTestEngine({ functions: [heard] });
    };
    await using first = await later();
    await own.send({ name: "go" });
    await first.assert.started(heard, 1);
    await using second = await later();
    await expect(own.send({ name: "go" })).rejects.toMatchObject({
      code: "test_engine_unclear",
      message: '2 test engines are open that run functions of "own"',
      advice: expect.stringContaining("t.send"),
    });
    await expect(own.sendSignal({ signal: "open" })).rejects.toMatchObject({ code: "test_engine_unclear" });
    await second.close();
    await own.send({ name: "go" });
    await first.assert.started(heard, 2);
  });

  test("one beside a real one: each has what its own runs send", async () => {
    const own = new Stepwell({ id: "own" });
    const sends = own.createFunction({ id: "sends" }, { event: "go" }, () => own.send({ name: "sent" }));
    const folder = mkdtempSync(join(tmpdir(), "stepwell-testing-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await using real = await createEngine({ functions: [sends], store: join(folder, "real.db") });
    await using t = await createTestEngine({ functions: [sends] });
    const { runId } = await real.invoke(sends);
    expect(await real.result(runId)).toMatchObject({ status: "completed" });
    await t.assert.notSent("sent");
    await own.send({ name: "go" });
    await t.runUntilIdle();
    await t.assert.sent("sent", {}, { times: 1 });
    await t.close();
    await own.send({ name: "go" });
    expect(await real.runs.list()).toHaveLength(2);
  });

  test("what chance decides is the same with the same seed", async () => {
    const failing = client.createFunction({ id: "failing", retries: 2 }, { event: "go" }, () => {
      throw new Error("no");
    });
    const tries = async (seed: number): Promise<readonly unknown[]> => {
      await using t = await createTestEngine({ functions: [failing], seed, now: "2026-01-01" });
      const { ids } = await t.send({ name: "go" });
      await t.runUntilIdle();
      const run = await t.run(failing);
      return [ids, run.id, run.endedAt];
    };
    expect(await tries(5)).toEqual(await tries(5));
    expect(await tries(5)).not.toEqual(await tries(6));
  });

  test("functions that a server would refuse are refused, and nothing is left", async () => {
    const twice = [1, 2].map(() => client.createFunction({ id: "twice" }, { event: "go" }, () => 1));
    await expect(createTestEngine({ functions: twice })).rejects.toMatchObject({ code: "function_id_duplicate" });
    const wrong = client.createFunction({ id: "wrong" }, { cron: "at noon" }, () => 1);
    await expect(createTestEngine({ functions: [wrong] })).rejects.toMatchObject({ code: "schedule_invalid" });
  });
});

test("options that there are not are refused", async () => {
  await expect(createTestEngine({ functions: [], mock: {} } as never)).rejects.toMatchObject({
    code: "option_unknown",
    message: 'createTestEngine has no option "mock". Did you mean "mocks"?',
  });
});

describe("what a test sends", () => {
  test("goes through the schemas and the middleware of the client, as its own send does", async () => {
    const own = new Stepwell({
      id: "own",
      schemas: new EventSchemas().fromSchema({ paid }),
      middleware: [encryptionMiddleware({ key: "k" })],
    });
    const heard = own.createFunction({ id: "heard" }, { event: "paid" }, ({ event }) => event.data.encrypted);
    await using t = await createTestEngine({ functions: [heard] });
    const none = {} as { encrypted: string };
    await expect(t.send({ name: "paid", data: none })).rejects.toMatchObject({ code: "event_data_invalid" });
    await expect(t.invoke(heard, { data: none })).rejects.toMatchObject({ code: "event_data_invalid" });
    await t.assert.started(heard, 0);
    await t.send({ name: "paid", data: { encrypted: "sesame" } });
    await t.assert.completed(heard);
    await t.assert.notSent("paid", { encrypted: "sesame" });
    const invoked = await t.invoke(heard, { data: { encrypted: "open sesame" } });
    expect(invoked).toMatchObject({ status: "completed" });
    const [stored] = await t.events("inngest/function.invoked");
    expect(stored?.data["encrypted"]).toEqual({ "~stepwell.encrypted": expect.any(String) });
  });
});

/** A schema as any library makes it. */
const paid: StandardSchemaV1<{ readonly encrypted: string }, { readonly encrypted: string }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) => {
      const data = value as { readonly encrypted: string };
      return data.encrypted === undefined ? { issues: [{ message: "missing", path: ["encrypted"] }] } : { value: data };
    },
  },
};

test("of engines that are made one after the other none is kept", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const kept: WeakRef<object>[] = [];
  for (let round = 0; round < 5; round += 1) {
    await using t = await createTestEngine({ functions: [tell] });
    await t.send({ name: "go", data: { who: "somebody" } });
    await t.advance("1h");
    kept.push(new WeakRef(t));
  }
  await vi.waitFor(() => {
    collect();
    // A context has the one that was made last in it, and the one before where it was entered.
    expect(kept.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(2);
  });
});
