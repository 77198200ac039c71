import { serve } from "stepwell/edge";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { stepwell } from "./client.ts";
import { longJob, oneCallPerStep } from "./functions/checkpointing.ts";
import { report, transfer } from "./functions/client-default.ts";
import { besides, done } from "./services.ts";
import { stubServer } from "./stub-server.ts";
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

describe("checkpointing over HTTP", () => {
  /** What one call of 25 parts does, each of which takes so long: how many steps were saved at once, and how many ran. */
  async function callOfParts(msOfEach: number) {
    const saved: number[] = [];
    const server = await stubServer(({ path, body }) => {
      if (path.startsWith("/v1/checkpoint/")) saved.push(JSON.parse(body).steps.length);
      return {};
    });
    stepwell.setEnvVars({ STEPWELL_DEV: server.url });
    vi.useFakeTimers({ toFake: ["Date"] });
    besides.happens = () => void vi.setSystemTime(Date.now() + msOfEach);
    onTestFinished(() => {
      stepwell.setEnvVars(process.env);
      vi.useRealTimers();
      besides.happens = () => undefined;
    });
    const handler = serve({ client: stepwell, functions: [longJob] });
    const parts = Array.from({ length: 25 }, (_, part) => part);
    const event = { name: "job/requested", data: { parts }, id: "1", ts: 1 };
    const ctx = { run_id: "01JZZZZZZZZZZZZZZZZZZZZZZZ", fn_id: "f", qi_id: "q", attempt: 0 };
    const body = JSON.stringify({ event, events: [event], steps: {}, ctx, version: 2 });
    const url = "http://localhost/api/stepwell?fnId=shop-long-job&stepId=step";
    const answer = await handler(new Request(url, { method: "POST", body }));
    return { saved, ran: done.length, ops: ((await answer.json()) as unknown[]).length };
  }

  test("saves as many steps together as it may, and the answer brings the rest and the end", async () => {
    expect(await callOfParts(0)).toEqual({ saved: [10, 10], ran: 25, ops: 6 });
  });

  test("saves what is older than the interval", async () => {
    const { saved, ran } = await callOfParts(500);
    expect(saved.slice(0, 3)).toEqual([4, 4, 4]);
    expect(ran).toBe(25);
  });

  test("ends the call when it has gone on for long enough", async () => {
    expect(await callOfParts(70_000)).toMatchObject({ ran: 5 });
  });
});
