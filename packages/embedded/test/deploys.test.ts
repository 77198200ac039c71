// What becomes of runs under way when the code changes.

import { expect, test } from "vitest";
import { createEngine } from "../src/index.ts";
import { app, databaseFile } from "./bench.ts";

test("a planned step that a deploy has renamed is given up soon, and the function says what runs in its place", async () => {
  const store = { file: databaseFile(), synchronous: "off", reader: "inline" } as const;
  const underWay = new Set<string>();
  const hanging = (name: string) => () => {
    underWay.add(name);
    return new Promise<string>(() => undefined);
  };
  const before = app();
  const old = before.createFunction({ id: "fan" }, { event: "go" }, ({ step }) =>
    Promise.all([step.run("kept", hanging("kept")), step.run("old name", hanging("old name"))]),
  );
  const engine = await createEngine({ functions: [old], store });
  const { runId } = await engine.invoke(old);
  while (underWay.size < 2) await new Promise((resolve) => setImmediate(resolve));
  await engine.stop({ graceMs: 0 });

  const ran: string[] = [];
  const does = (name: string) => () => {
    ran.push(name);
    return name;
  };
  const after = app();
  const renamed = after.createFunction({ id: "fan" }, { event: "go" }, ({ step }) =>
    Promise.all([step.run("kept", does("kept")), step.run("new name", does("new name"))]),
  );
  const startedAt = performance.now();
  await using again = await createEngine({ functions: [renamed], store });
  expect(await again.result(runId)).toMatchObject({ status: "completed", output: ["kept", "new name"] });
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  expect(ran.toSorted()).toEqual(["kept", "new name"]);
});
