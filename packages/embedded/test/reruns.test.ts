import { asJson, type RunId } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { app, bench } from "./bench.ts";

test("a run that repeats another, with a result for a later step, says nothing of the order of its steps", async () => {
  const client = app();
  const ran: string[] = [];
  const does = (name: string) => () => {
    ran.push(name);
    return name;
  };
  const fn = client.createFunction({ id: "f" }, { event: "go" }, async ({ step }) => {
    const first = await Promise.all([step.run("a", does("a")), step.run("b", does("b"))]);
    return [...first, await step.run("c", does("c")), await step.run("d", does("d"))];
  });
  const { run, engine } = await bench([fn]);
  const [done] = await run("go");
  ran.length = 0;
  const from = { step: "c", overrides: new Map([["d", asJson("given")]]) };
  const again = await engine.engine.rerun({ runId: (done?.id ?? "") as RunId, from });
  if (again.kind !== "started") throw new Error(again.kind);
  expect(await engine.result(again.runId)).toMatchObject({ status: "completed", output: ["a", "b", "c", "given"] });
  expect(ran).toEqual(["c"]);
  expect(await engine.engine.reports.runLogs(again.runId, {}, { limit: 100, after: 0 })).toMatchObject({ lines: [] });
});
