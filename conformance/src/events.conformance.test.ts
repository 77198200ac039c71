// Events: ids, seeds, repeats, times, refusals.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RawApp, register, registration, sdkHeaders, startRawApp } from "./raw-app.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
let app: RawApp;

beforeAll(async () => {
  server = await startTestServer({ leaps: true });
  app = await startRawApp((_, response) => void response.writeHead(200, sdkHeaders).end("null"));
  const functions = [
    { id: "f", event: "ev/one", url: app.url },
    {
      id: "cond",
      event: "ev/cond",
      url: app.url,
      options: {
        triggers: [
          { event: "ev/cond", expression: "event.data.n > 1" },
          { event: "ev/*", expression: "event.data.n == 7" },
        ],
      },
    },
    {
      id: "broken",
      event: "ev/broken",
      url: app.url,
      options: { triggers: [{ event: "ev/broken", expression: "event.data.list.all(x, int(x) > 0)" }] },
    },
  ];
  await register(server.url, registration("ev", app.url, functions));
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await server.stop();
});

async function post(
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly ids: readonly string[]; readonly error?: string }> {
  const response = await fetch(`${server.url}/e/key`, { method: "POST", headers, body });
  return { ...((await response.json()) as { ids: readonly string[]; error?: string }), status: response.status };
}
const runsOf = (eventId: string | undefined) => server.engine.reports.eventRuns(eventId as never);

describe("sending", () => {
  test("one object or a list; ids in the order sent", async () => {
    expect(await post('{"name":"ev/none"}')).toMatchObject({ status: 200, ids: [expect.stringMatching(/^[0-9A-Z]{26}$/)] });
    expect((await post('[{"name":"ev/none"},{"name":"ev/none"}]')).ids).toHaveLength(2);
    expect(await post("[]")).toMatchObject({ status: 200, ids: [] });
  });

  test("JSON under any content type", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
      expect((await post('{"name":"ev/none"}', type === "" ? {} : { "content-type": type })).status).toBe(200);
  });

  test.for([
    ["no JSON", "a=b&c=d"],
    ["empty", ""],
    ["two values", '{"name":"a"}\n{"name":"b"}'],
    ["no name", '{"data":{}}'],
    ["a name that is no text", '{"name":7}'],
    ["data that is no object", '{"name":"a","data":[1]}'],
    ["a time before 1980", '{"name":"a","ts":12345}'],
    ["a time that is no number", '{"name":"a","ts":"now"}'],
    ["a reserved name", '{"name":"inngest/function.failed"}'],
    ["a reserved name in capitals", '{"name":"InnGest/x"}'],
    ["our reserved name", '{"name":"stepwell/x"}'],
  ] as const)("%s is refused with 400 and no ids", async ([, body]) => {
    expect(await post(body)).toMatchObject({ status: 400, ids: [], error: expect.any(String) });
  });

  test("one bad event of a list refuses all of it and is named", async () => {
    const before = (await server.engine.reports.size()).events;
    expect(await post('[{"name":"ev/none"},{"name":""}]')).toMatchObject({
      status: 400,
      ids: [],
      error: expect.stringContaining("event 1"),
    });
    expect((await server.engine.reports.size()).events).toBe(before);
  });

  test("an event of more than 3 MiB is refused, whole", async () => {
    expect((await post(JSON.stringify({ name: "ev/none", data: { text: "x".repeat(3 * 1024 * 1024) } }))).status).toBe(400);
  });

  test("the same seed is the same send: the same ids, stored once, one run", async () => {
    const headers = { "x-inngest-event-id-seed": "1743130137367,eii2YKXRVTJPuA==" };
    const [first, second] = [await post('{"name":"ev/one"}', headers), await post('{"name":"ev/one"}', headers)];
    expect(second.ids).toEqual(first.ids);
    expect(first.ids[0]).toBe("01JQDAE4RQF8MBCR55T5AK4KXS");
    expect(await runsOf(first.ids[0])).toHaveLength(1);
  });

  test("the same external id starts one run, and the second event says whose duplicate it is", async () => {
    const [first, second] = [
      (await post('{"name":"ev/one","id":"order-1"}')).ids[0],
      (await post('{"name":"ev/one","id":"order-1"}')).ids[0],
    ];
    const [run] = await runsOf(first);
    expect(await runsOf(second)).toEqual([]);
    expect(await server.engine.reports.eventOutcomes(second as never)).toMatchObject([{ kind: "duplicate", detail: run?.id }]);
  });

  test("two events of one request with one external id start one run: the first accepted", async () => {
    const { ids } = await post('[{"name":"ev/one","id":"order-2"},{"name":"ev/one","id":"order-2"}]');
    expect([await runsOf(ids[0]), await runsOf(ids[1])].map((runs) => runs.length)).toEqual([1, 0]);
  });

  test("a function with two triggers that match starts once", async () => {
    const { ids } = await post('{"name":"ev/cond","data":{"n":7}}');
    expect(await runsOf(ids[0])).toHaveLength(1);
  });

  test("a condition that is false starts nothing; one that cannot be computed says so", async () => {
    expect(await runsOf((await post('{"name":"ev/cond","data":{"n":0}}')).ids[0])).toEqual([]);
    const { ids } = await post('{"name":"ev/broken","data":{"list":["a"]}}');
    expect(await server.engine.reports.eventOutcomes(ids[0] as never)).toMatchObject([{ kind: "expression_error" }]);
  });

  test("a time in the future delays the run, not the event", async () => {
    const at = server.engine.now() + 3 * 86_400_000;
    const { ids } = await post(JSON.stringify({ name: "ev/one", ts: at }));
    expect((await runsOf(ids[0]))[0]).toMatchObject({ status: "queued", live: { nextDueAt: at } });
    await server.runOf(ids[0] ?? "", "ev-f");
    const [run] = await runsOf(ids[0]);
    expect(run?.startedAt).toBeGreaterThanOrEqual(at);
    expect(run?.startedAt).toBeLessThan(at + 60_000);
  });

  test("a sender whose clock is ahead delays nothing, because its seed tells its time", async () => {
    const ahead = server.engine.now() + 300_000;
    const { ids } = await post(JSON.stringify({ name: "ev/one", ts: ahead }), { "x-inngest-event-id-seed": `${ahead},eii2YKXRVTJPuQ==` });
    const run = await server.runOf(ids[0] ?? "", "ev-f");
    expect(run.status).toBe("completed");
    expect(run.lastedMs).toBeLessThan(60_000);
  });

  test("data._inngest is the server's: a sender's is dropped", async () => {
    const { ids } = await post('{"name":"ev/none","data":{"_inngest":{"fn_id":"x"},"a":1}}');
    expect((await server.engine.reports.getEvent(ids[0] as never))?.data).toBe('{"a":1}');
  });
});
