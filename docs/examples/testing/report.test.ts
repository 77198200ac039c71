import { createTestEngine } from "@stepwell/testing";
import { expect, test } from "vitest";
import { done } from "../services.ts";
import { report } from "./functions.ts";

test("the report is mailed on Monday at nine", async () => {
  await using t = await createTestEngine({ functions: [report], now: "2026-05-06T12:00:00Z" });
  t.mock("step.fetch: figures.example").returns({ total: 42 });

  const [run] = await t.nextCron(report);
  expect(t.now.toISOString()).toBe("2026-05-11T09:00:00.000Z");
  expect(run?.status).toBe("completed");
  expect(done.at(-1)).toBe("mail team@example.com: Total: 42");
});

test("what was missed in an outage is made up for once", async () => {
  await using t = await createTestEngine({ functions: [report], now: "2026-05-06T12:00:00Z" });
  t.mock("step.fetch: figures.example").returns({ total: 42 });
  await t.outage("15 days");
  await t.assert.started(report, 1);
});
