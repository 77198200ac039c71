// Calls for one step, whose function is entered again to find it.

import { Middleware, Stepwell } from "stepwell";
import { expect, test } from "vitest";
import { createTestEngine } from "../src/index.ts";

/** With any middleware every call enters the function anew. */
class Replaying extends Middleware.BaseMiddleware {
  readonly id = "replaying";
}

test("a step that the code has no longer is given up, and what is there in its place runs", async () => {
  const client = new Stepwell({ id: "shop" });
  let name = "old";
  const fan = client.createFunction({ id: "fan" }, { event: "go" }, ({ step }) =>
    Promise.all([
      step.run("kept", () => "kept"),
      step.run(name, () => {
        if (name === "new") return "new";
        name = "new";
        throw new Error("deployed meanwhile");
      }),
    ]),
  );
  await using t = await createTestEngine({ functions: [fan] });
  await t.send({ name: "go" });
  await t.runUntilIdle();
  expect(await t.runs(fan)).toMatchObject([{ status: "completed", output: ["kept", "new"] }]);
});

test("a step that comes after slow work of the function's own is found", async () => {
  const client = new Stepwell({ id: "shop", middleware: [Replaying] });
  const fan = client.createFunction({ id: "fan", retries: 0 }, { event: "go" }, async ({ step }) => {
    await new Promise((resolve) => setTimeout(resolve, 700));
    return Promise.all([step.run("a", () => "a"), step.run("b", () => "b")]);
  });
  await using t = await createTestEngine({ functions: [fan] });
  await t.send({ name: "go" });
  expect(await t.runs(fan)).toMatchObject([{ status: "completed", output: ["a", "b"] }]);
});
