import { describe, expect, test } from "vitest";
import { createEngine, openReader } from "../src/index.ts";
import { startApp } from "../testing/start-app.ts";
import { app, bench, databaseFile } from "./bench.ts";

describe("a file has one owner", () => {
  test("a second process is refused with the owner's pid, and can read meanwhile", async () => {
    const client = app();
    const order = client.createFunction({ id: "order" }, { event: "order" }, () => "done");
    const { run, file } = await bench([order], { store: { file: databaseFile(), reader: "inline" } });
    const [ended] = await run("order");
    const second = startApp(file, "run");
    const refusal = JSON.parse(await second.printed(/database_in_use/)) as Record<string, string>;
    expect(refusal).toMatchObject({ code: "database_in_use", message: expect.stringContaining(`process ${process.pid}`) });
    expect(refusal["advice"]).toContain("openReader");
    await second.kill("SIGKILL");
    using reader = openReader({ store: file });
    expect(reader.owner()).toEqual({ pid: process.pid });
    expect(await reader.runs.get(ended?.id ?? "")).toMatchObject({ status: "completed", output: "done" });
    expect(await reader.runs.list({ functions: ["shop-order"] })).toHaveLength(1);
    expect(await reader.runs.list({ functions: ["shop-other"] })).toEqual([]);
  });

  test("what another process has is read while that one works, each question anew", async () => {
    const file = databaseFile();
    const owner = startApp(file, "run");
    await owner.printed("third");
    using reader = openReader({ store: { file } });
    expect(reader.owner()).toEqual({ pid: owner.pid });
    const [run] = await reader.runs.list();
    expect(run).toMatchObject({ functionSlug: "shop-steps" });
    await expect(createEngine({ functions: [], store: file })).rejects.toMatchObject({
      code: "database_in_use",
      message: expect.stringContaining(`process ${owner.pid}`),
    });
    await owner.kill("SIGKILL");
    expect(reader.owner()).toBeUndefined();
  });

  test("a file that is not there is not made by reading it", () => {
    const file = databaseFile();
    expect(() => openReader({ store: file })).toThrow(expect.objectContaining({ code: "database_not_found" }));
    expect(() => openReader({ store: file })).toThrow(expect.objectContaining({ code: "database_not_found" }));
  });
});

describe("a process that ends", () => {
  test("by a kill: the next one goes on with the step that was under way, and runs no finished one again", async () => {
    const file = databaseFile();
    const killed = startApp(file, "hang");
    await killed.printed("second");
    await killed.kill("SIGKILL");
    const next = startApp(file, "wait");
    await next.printed("third");
    expect(next.lines).toEqual(["open", "second", "second done", "third"]);
    await next.kill("SIGKILL");
  });

  test.each(["slow", "reloaded"])(
    "by a signal: the step that is under way is finished and recorded, and nothing else is begun (%s)",
    async (what) => {
      const file = databaseFile();
      const stopped = startApp(file, what);
      await stopped.printed("second");
      expect(await stopped.kill("SIGTERM")).toEqual({ code: null, signal: "SIGTERM" });
      expect(stopped.lines.at(-1)).toBe("second done");
      const next = startApp(file, "wait");
      await next.printed("third");
      expect(next.lines).toEqual(["open", "third"]);
      await next.kill("SIGKILL");
    },
  );
});
