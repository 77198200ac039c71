import { createTestEngine } from "@stepwell/testing";
import { test } from "vitest";
import { expense } from "./functions.ts";

const now = "2026-05-06T12:00:00Z";
const filed = { id: "E-1", by: "ada", due: "2026-06-01T00:00:00Z" };

test("an expense is paid when somebody has approved it", async () => {
  await using t = await createTestEngine({ functions: [expense], now });
  const run = await t.invoke(expense, { data: filed });
  await t.assert.waiting(run, "answer");

  await t.sendSignal({ signal: "expense/E-1", data: { by: "eve" } });
  await t.assert.step(run, "answer", { output: { signal: "expense/E-1", data: { by: "eve" } } });
  await t.assert.sent("expense/approved", { id: "E-1", by: "eve" }, { times: 1 });
  await t.assert.completed(run);
});

test("nobody approves until the month is over", async () => {
  await using t = await createTestEngine({ functions: [expense], now });
  await t.invoke(expense, { data: filed });
  await t.advanceTo("2026-05-31T23:59:59Z");
  await t.assert.waiting(expense);
  await t.advanceTo("2026-06-01T00:00:00Z");
  await t.assert.completed(expense, "expired");
});

test("an expense that is withdrawn is not paid", async () => {
  await using t = await createTestEngine({ functions: [expense], now });
  const run = await t.invoke(expense, { data: filed });
  await t.cancel(run);
  await t.sendSignal({ signal: "expense/E-1", data: { by: "eve" } });
  await t.assert.cancelled(run);
  await t.assert.notSent("expense/approved");
});
