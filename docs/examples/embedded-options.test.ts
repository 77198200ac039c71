// What the options of an engine do, in this process.

import type { EmbeddedEngine } from "@stepwell/embedded";
import { afterAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { cleanUp, newFolder } from "./command.ts";
import { apiOf, wrong } from "./embedded/api-errors.ts";
import { openDesktop } from "./embedded/desktop.ts";
import { lastFailure } from "./embedded/failed.ts";
import { order, render, welcome } from "./embedded/functions.ts";
import { openShop } from "./embedded/history.ts";
import { openStudio } from "./embedded/limits.ts";
import { routes } from "./embedded/routes.ts";
import { done, failing, films, load } from "./services.ts";

afterAll(cleanUp);
beforeEach(() => {
  done.length = 0;
  failing.clear();
});

function untilTheEnd(engine: EmbeddedEngine): EmbeddedEngine {
  onTestFinished(() => engine.stop({ graceMs: 0 }));
  return engine;
}

/** Time that the test moves, for what the engine does by the clock. */
function fakeTime(): void {
  vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

test("a file of its own kind: read without a thread, and there again after a stop", async () => {
  const folder = newFolder();
  const engine = untilTheEnd(await openDesktop(folder));
  const { runId } = await engine.invoke(welcome, { data: { email: "ada@example.com" } });
  await engine.result(runId);
  expect(await engine.runs.list()).toHaveLength(1);
  expect((process.report.getReport() as unknown as { workers: unknown[] }).workers).toEqual([]);
  await engine.stop();
  const again = untilTheEnd(await openDesktop(folder));
  expect((await again.runs.get(runId))?.status).toBe("completed");
});

test("history goes when it is old: what went well first, then what failed", async () => {
  fakeTime();
  const engine = untilTheEnd(await openShop(`${newFolder()}/shop.db`));
  failing.set("charge A-2", { times: 1, error: () => new Error("declined") });
  const order1 = await engine.invoke(order, { data: { order: "A-1" } });
  const order2 = await engine.invoke(order, { data: { order: "A-2" } });
  await Promise.all([order1, order2].map(({ runId }) => engine.result(runId)));

  const statuses = async () => (await engine.runs.list()).map(({ status }) => status);
  const pass = async (days: number) => {
    vi.setSystemTime(Date.now() + days * 86_400_000);
    await vi.advanceTimersByTimeAsync(3_700_000);
  };
  const attempts = async () =>
    (await engine.engine.reports.runAttempts(order2.runId as never)).length;
  await pass(1);
  expect([await statuses(), await attempts()]).toEqual([["failed", "completed"], 1]);
  await pass(1);
  expect([await statuses(), await attempts()]).toEqual([["failed", "completed"], 0]);
  await pass(5);
  expect(await statuses()).toEqual(["failed"]);
  await pass(53);
  expect(await statuses()).toEqual([]);
});

test("two calls at once, and none for ever", async () => {
  fakeTime();
  const engine = untilTheEnd(await openStudio(`${newFolder()}/studio.db`));
  load.clear();
  await engine.send([1, 2, 3, 4].map((film) => ({ name: "film/cut", data: { film: `${film}` } })));
  await vi.waitUntil(() => done.length === 4, { timeout: 20_000 });
  expect(load.get("render")?.most).toBe(2);

  films.underWay.set("long", new Promise(() => undefined));
  const { runId } = await engine.invoke(render, { data: { film: "long" } });
  const result = engine.result(runId);
  await vi.waitUntil(() => films.begun.includes("long"), { timeout: 20_000 });
  await vi.advanceTimersByTimeAsync(600_000);
  expect(await result).toMatchObject({
    status: "failed",
    error: { message: expect.stringContaining('"render"') },
  });
});

test("an application asks the engine, and stops it", async () => {
  const engine = untilTheEnd(await openShop(`${newFolder()}/shop.db`));
  const app = routes(engine);
  const { runId } = await engine.invoke(order, { data: { order: "A-1" } });
  await engine.result(runId);
  expect(await (await app.request(`/runs/${runId}`)).json()).toEqual({ status: "completed" });
  expect((await app.request("/runs/none")).status).toBe(404);
  expect(await (await app.request("/breakers")).json()).toEqual([]);
  expect((await app.request("/health")).status).toBe(200);
  expect((await app.request("/shutdown", { method: "POST" })).status).toBe(204);
  expect((await app.request("/health")).status).toBe(503);
});

test("a reader is open as long as it is needed", async () => {
  const file = `${newFolder()}/shop.db`;
  const engine = untilTheEnd(await openShop(file));
  expect(await lastFailure(file)).toBeUndefined();
  failing.set("charge A-1", { times: 1, error: () => new Error("declined") });
  const { runId } = await engine.invoke(order, { data: { order: "A-1" } });
  await engine.result(runId);
  expect(await lastFailure(file)).toBe("declined");
});

test("what should not happen in the API is told", async () => {
  const engine = untilTheEnd(await openShop(`${newFolder()}/shop.db`));
  const broken = vi
    .spyOn(engine.engine.reports, "listRuns")
    .mockRejectedValue(new Error("no disk"));
  onTestFinished(() => broken.mockRestore());
  const response = await apiOf(engine)(new Request("http://localhost/api/v1/runs"));
  expect(response.status).toBe(500);
  expect(wrong).toEqual(["GET /api/v1/runs: Error: no disk"]);
});
