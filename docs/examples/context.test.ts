import { expect, test } from "vitest";
import { notes, translate } from "./functions/context.ts";
import { done, failing } from "./services.ts";
import { world } from "./world.ts";

test("a function knows the attempt, and the request that a line of its log belongs to", async () => {
  const { send, engine, runs } = await world([translate]);
  failing.set("fast translation of news", { times: 2, error: () => new Error("overloaded") });
  await send({ name: "article/written", data: { article: "news" } });
  await engine.runUntilIdle();
  expect(done).toEqual(["thorough translation of news"]);
  const [run] = await runs();
  const about = { runId: run?.id, requestId: expect.any(String), jobId: expect.any(String) };
  expect(notes[0]).toEqual(["translates", about]);
});
