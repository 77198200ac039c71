// Answers to "why?" over HTTP: their shapes, prefixes of ids, and what is refused.

import { afterAll, beforeAll, expect, test } from "vitest";
import { EndpointWorld } from "./endpoint-world.ts";

let world: EndpointWorld;
beforeAll(async () => {
  world = await EndpointWorld.open("dev");
});
afterAll(() => world[Symbol.asyncDispose]());

const get = (path: string) => world.ask("GET", path);
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);

test("a run that sleeps says so under both names, and by a beginning of its id", async () => {
  const id = await world.run("slow");
  const { status, body } = await get(`/api/v1/runs/${id}/why`);
  expect(status).toBe(200);
  expect(body.data).toEqual({
    runId: id,
    function: { slug: "shop-slow", name: "slow" },
    state: "waiting",
    since: null,
    headline: { code: "sleep", text: expect.stringContaining('sleeps in "nap"'), until: instant },
    gates: [
      { gate: "function_active", ok: true },
      { gate: "app_reachable", ok: true },
      {
        gate: "due",
        ok: false,
        until: instant,
        reason: "sleep",
        stepId: expect.any(String),
        text: expect.stringContaining("it is due in"),
      },
    ],
    estimate: { startAt: instant, confidence: "high", basis: "its time" },
    advice: [],
  });
  for (const path of [`${id}/explain`, `${id.toLowerCase()}/why`])
    expect((await get(`/api/v1/runs/${path}`)).body.data).toMatchObject({ runId: id, headline: { code: "sleep" } });
  // Runs of the same moment begin alike; whole but for the last character it is one of them.
  expect((await get(`/api/v1/runs/${id.slice(0, 25)}/why`)).body.data).toMatchObject({ runId: id });
});

test("a run that is over and one that waits for a signal", async () => {
  const over = await world.run("good");
  expect((await get(`/api/v1/runs/${over}/why`)).body.data).toMatchObject({
    state: "completed",
    since: instant,
    gates: [],
    estimate: null,
  });
  const failed = await world.run("bad");
  const error = { message: expect.any(String), code: "function_error", hint: expect.stringContaining("redrive") };
  expect((await get(`/api/v1/runs/${failed}/why`)).body.data).toMatchObject({ state: "failed", error });
  expect((await get(`/api/v1/runs/${failed}`)).body.data).toMatchObject({ error });
  const name = world.word();
  const waiting = await world.run("signal", { signal: name });
  const { data } = (await get(`/api/v1/runs/${waiting}/why`)).body;
  expect(data).toMatchObject({ state: "waiting", since: instant, headline: { code: "signal", until: instant } });
  expect(data.gates.at(-1)).toMatchObject({ gate: "wait", kind: "signal", name, stepName: "s", since: instant, until: instant });
});

test("an event says what became of it, by its id or a beginning of it", async () => {
  const id = await world.send("shop/good", { n: 3, long: "x".repeat(1_000) });
  for (const text of [id, id.toLowerCase(), id.slice(0, 25)])
    expect((await get(`/api/v1/events/${text}/why`)).body.data).toEqual({
      eventId: id,
      name: "shop/good",
      receivedAt: instant,
      headline: { code: "not_matched", text: "1 not matched", until: null },
      functions: [
        {
          ...{ function: { slug: "shop-good", name: "good" }, outcome: "not_matched", expression: "event.data.n != 3" },
          ...{ read: { "event.data.n": 3 }, text: "event.data.n != 3 is false (event.data.n is 3)" },
        },
      ],
      wakes: [],
    });
});

test.each([
  ["runs/01AAAAAAAAAAAAAAAAAAAAAAAA/why", 404, "run_not_found"],
  ["runs/01AAAAAAAAAA/explain", 404, "run_not_found"],
  ["runs/01AA/why", 400, "invalid_run_id"],
  ["runs/!!!!!!!!/why", 400, "invalid_run_id"],
  ["events/01AAAAAAAAAAAAAAAAAAAAAAAA/why", 404, "event_not_found"],
  ["events/01AAAAAAAAAA/why", 404, "event_not_found"],
  ["events/01AA/why", 400, "invalid_event_id"],
  ["events/%F0%9F%98%80aaaaaaaa/why", 400, "invalid_event_id"],
])("%s is refused with %i %s", async (path, status, code) => {
  expect(await get(`/api/v1/${path}`)).toMatchObject({ status, body: { code } });
  expect(world.mistakes).toEqual([]);
});
