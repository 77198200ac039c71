import { beforeEach, describe, expect, test } from "vitest";
import { longJob, oneCallPerStep } from "./functions/checkpointing.ts";
import { report, transfer } from "./functions/client-default.ts";
import { done } from "./services.ts";
import { world } from "./world.ts";

beforeEach(() => {
  done.length = 0;
});

const statuses = (runs: readonly { status: string }[]) => runs.map(({ status }) => status);

describe("checkpointing: what is not saved when the process dies is run again", () => {
  test("of several steps that are saved together, all of them", async () => {
    const { engine, send, runs } = await world([longJob]);
    engine.crashAfter("part-2");
    await send({ name: "job/requested", data: { parts: [1, 2, 3] } });
    expect(done).toEqual(["part 1", "part 2", "part 1", "part 2", "part 3"]);
    expect(statuses(await runs())).toEqual(["completed"]);
  });

  test("as the client says, unless the function says otherwise", async () => {
    const { engine, send } = await world([report, transfer]);
    engine.crashAfter("add-up");
    engine.crashAfter("give");
    await send({ name: "report/due" });
    await send({ name: "transfer/due" });
    expect(done.filter((line) => /read|add up/.test(line))).toHaveLength(4);
    expect(done.filter((line) => /take|give/.test(line))).toEqual(["take", "give", "give"]);
  });

  test("where each step is a call of its own, the last one", async () => {
    const { engine, send, runs } = await world([oneCallPerStep]);
    engine.crashAfter("second");
    await send({ name: "job/requested", data: {} });
    expect(done).toEqual(["first", "second", "second"]);
    expect(statuses(await runs())).toEqual(["completed"]);
  });
});

test("checkpointing", async () => {
  const { send, runs } = await world([longJob, oneCallPerStep]);
  await send({ name: "job/requested", data: { parts: [1, 2, 3] } });
  expect([...done].sort()).toEqual(["first", "part 1", "part 2", "part 3", "second"]);
  expect(statuses(await runs())).toEqual(["completed", "completed"]);
});
