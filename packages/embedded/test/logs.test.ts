import type { RunId } from "@stepwell/protocol";
import { Stepwell } from "stepwell";
import { expect, test } from "vitest";
import { bench } from "./bench.ts";

test("lines outside of steps are kept with the run: before, between and after them, and before a failure", async () => {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };
  const client = new Stepwell({ id: "shop", logger: silent });
  const fine = client.createFunction({ id: "fine" }, { event: "go" }, async ({ step, logger }) => {
    logger.info("before");
    await step.run("a", () => logger.info("in a"));
    logger.warn("between");
    await step.sleep("pause", 20);
    await Promise.all([step.run("b", () => logger.info("in b")), step.run("c", () => logger.info("in c"))]);
    logger.info("after");
  });
  const failing = client.createFunction({ id: "failing", retries: 0 }, { event: "fail" }, async ({ step, logger }) => {
    await step.run("a", () => 1);
    logger.error("just before the throw");
    throw new Error("no");
  });
  const stepless = client.createFunction({ id: "stepless", retries: 0 }, { event: "fail" }, ({ logger }) => {
    logger.error("without steps");
    throw new Error("no");
  });
  const { run, engine } = await bench([fine, failing, stepless]);
  const linesOf = async (name: string) => {
    const runs = await run(name);
    const logs = await Promise.all(runs.map(({ id }) => engine.engine.reports.runLogs(id as RunId, {}, { limit: 100, after: 0 })));
    return logs.flatMap(({ lines }) => lines.map(({ level, text }) => `${level} ${text}`)).toSorted();
  };
  expect(await linesOf("go")).toEqual(["info after", "info before", "info in a", "info in b", "info in c", "warn between"]);
  expect(await linesOf("fail")).toEqual(["error just before the throw", "error without steps"]);
});
