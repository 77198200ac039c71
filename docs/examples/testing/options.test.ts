import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createTestEngine } from "@stepwell/testing";
import { expect, onTestFinished, test } from "vitest";
import { stepwell } from "../client.ts";
import { done, load } from "../services.ts";
import { digest, digestMail, order, report } from "./functions.ts";

test("the same seed gives the same ids and the same pauses", async () => {
  const play = async (seed: number) => {
    const now = "2026-05-06T12:00:00Z";
    await using t = await createTestEngine({ functions: [order], now, seed });
    t.mock("charge").throwsTimes(3, new Error("declined"));
    const { ids } = await t.send({ name: "order/placed", data: { order: "A-1" } });
    await t.runUntilIdle();
    const [run] = await t.runs();
    return [ids, run?.id, run?.endedAt];
  };
  expect(await play(7)).toEqual(await play(7));
  expect(await play(7)).not.toEqual(await play(8));
});

test("a mock that no step has come by is found out", async () => {
  const t = await createTestEngine({ functions: [order], unusedMocks: "error" });
  t.mock("chrage").returns("ch_B-2");
  await t.send({ name: "order/placed", data: { order: "A-1" } });
  await t.assert.completed(order, "ch_A-1");
  expect(() => t.assert.mocksUsed()).toThrow('"chrage"');
  await expect(t.close()).rejects.toThrow('runs have come to "charge", "ship"');
});

test("a database that never answers is found out", async () => {
  const hangs = stepwell.createFunction({ id: "hangs", triggers: { event: "go" } }, ({ step }) =>
    step.run("ask", () => new Promise(() => undefined)),
  );
  await using t = await createTestEngine({ functions: [hangs], realMsMax: 200 });
  await expect(t.send({ name: "go" })).rejects.toMatchObject({
    code: "call_still_open",
    message: expect.stringContaining('"ask"'),
  });
});

test("one call at a time", async () => {
  await using t = await createTestEngine({ functions: [digest, digestMail], concurrency: 1 });
  load.clear();
  await t.send({ name: "digest/due", data: { readers: ["ada", "bob", "eve"] } });
  await t.assert.started(digestMail, 3);
  expect(load.get("mail")?.most).toBe(1);
});

test("the report asks the service that a test has started", async () => {
  const service = createServer((request, response) => {
    response.end(JSON.stringify({ total: request.url === "/last-week" ? 42 : 0 }));
  }).listen(0);
  onTestFinished(() => void service.close());
  const { port } = service.address() as AddressInfo;

  await using t = await createTestEngine({
    functions: [report],
    gateway: {
      async send({ method, url }) {
        const { pathname } = new URL(url);
        const response = await fetch(`http://localhost:${port}${pathname}`, { method });
        const { status } = response;
        return { kind: "answer", url, status, headers: {}, body: await response.text() };
      },
    },
  });
  await t.nextCron(report);
  await t.assert.completed(report);
  expect(done.at(-1)).toBe("mail team@example.com: Total: 42");
});
