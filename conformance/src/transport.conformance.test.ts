// Apps that are down, hang, break off, send somebody else's pages, or too much: what the run says of it, and that it goes
// on when the app is back.

import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RawCall, register, registration, sdkHeaders, startRawApp } from "./raw-app.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
let names = 0;

beforeAll(async () => {
  server = await startTestServer({ leaps: true });
});
afterAll(() => server.stop());

/** Registers one function at an app that answers so, sends its event, and waits for the run. */
async function run(answer: (call: RawCall, response: ServerResponse) => void, options: { readonly retries?: number } = {}) {
  names += 1;
  const name = `raw${names}`;
  const app = await startRawApp(answer);
  await using _ = app;
  const registered = await register(
    server.url,
    registration(name, app.url, [{ id: "f", event: `raw/${names}`, url: app.url, retries: options.retries ?? 0 }]),
  );
  expect(registered.body).toMatchObject({ ok: true, modified: true });
  const [eventId] = await server.send({ name: `raw/${names}`, data: {} });
  return { run: await server.runOf(eventId ?? "", `${name}-f`), calls: app.calls };
}

const ops = (response: ServerResponse, list: unknown, headers: object = {}): unknown =>
  response.writeHead(206, { ...sdkHeaders, ...headers }).end(JSON.stringify(list));
const result = (response: ServerResponse, value: unknown): unknown => response.writeHead(200, sdkHeaders).end(JSON.stringify(value));

describe("replies", () => {
  test("a result ends the run", async () => {
    expect((await run((_, response) => void result(response, { fine: true }))).run).toMatchObject({
      status: "completed",
      output: { fine: true },
    });
  });

  test("a page of somebody else with 200 is no result", async () => {
    const { run: ended } = await run(
      (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in</h1>"),
    );
    expect(ended).toMatchObject({ status: "failed", error: { name: "NotSdk" } });
  });

  test("502 with HTML fails the attempt and keeps the page", async () => {
    const { run: ended } = await run(
      (_, response) => void response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>"),
    );
    expect(ended.error).toMatchObject({
      name: "Server returned a fatal error",
      message: expect.stringContaining("502"),
      stack: expect.stringContaining("Bad gateway"),
    });
  });

  test.for([
    ["no JSON", "{oops"],
    ["empty", ""],
    ["a null op", "[null]"],
    ["an unknown op", '[{"op":"Teleport","id":"x"}]'],
    ["a step error without an error", '[{"op":"StepError","id":"x"}]'],
  ] as const)("progress that is %s is tried again, then fails the run", async ([, body]) => {
    const { run: ended, calls } = await run((_, response) => void response.writeHead(206, sdkHeaders).end(body), { retries: 1 });
    expect(ended).toMatchObject({ status: "failed", error: { name: "InvalidReply" } });
    expect(calls).toHaveLength(2);
  });

  test("SyncRunComplete is refused with its name, not swallowed, and not tried again", async () => {
    const op = "SyncRunComplete";
    const { run: ended, calls } = await run((_, response) => void ops(response, [{ op, id: "a".repeat(40), name: "my step", opts: {} }]), {
      retries: 3,
    });
    expect(ended).toMatchObject({ status: "failed", error: { name: "OpNotSupported", message: expect.stringContaining(op) } });
    expect(calls).toHaveLength(1);
  });

  test("a gzipped reply is read", async () => {
    const { run: ended } = await run(
      (_, response) => void response.writeHead(200, { ...sdkHeaders, "content-encoding": "gzip" }).end(gzipSync('{"zipped":true}')),
    );
    expect(ended.output).toEqual({ zipped: true });
  });

  test("a streamed reply is unwrapped", async () => {
    const { run: ended } = await run((_, response) => {
      response.writeHead(201, sdkHeaders);
      response.write(" ");
      setTimeout(() => response.end(JSON.stringify({ status: 200, headers: {}, body: JSON.stringify({ streamed: true }) })), 50);
    });
    expect(ended.output).toEqual({ streamed: true });
  });

  test("a stream that is cut fails the attempt", async () => {
    const { run: ended } = await run((_, response) => {
      response.writeHead(201, sdkHeaders);
      response.write(" ");
      setTimeout(() => response.destroy(), 30);
    });
    expect(ended).toMatchObject({ status: "failed", error: { message: expect.stringContaining("reset the connection") } });
  });

  test("a reply over the limit is not read to its end", async () => {
    const { run: ended } = await run((_, response) => void response.writeHead(200, sdkHeaders).end("x".repeat(9_000_000)));
    expect(ended).toMatchObject({ status: "failed", error: { message: expect.stringContaining("maximum size limit") } });
  });

  test("1,001 ops in one reply fail the run, 1,000 do not", async () => {
    const planned = (count: number): unknown =>
      Array.from({ length: count }, (_, index) => ({ op: "StepPlanned", id: `id-${index}`, name: `s${index}` }));
    const over = await run((_, response) => void ops(response, planned(1_001)));
    expect(over.run).toMatchObject({ status: "failed", error: { name: "InngestErrFunctionOverflowed" } });
    const fits = await run((call, response) => {
      const target = call.url.searchParams.get("stepId");
      if (target !== "step") return void ops(response, [{ op: "StepRun", id: target, name: "s", data: 1 }]);
      return void (call.body.includes('"id-0":') ? result(response, "all") : ops(response, planned(1_000)));
    });
    expect(fits.run).toMatchObject({ status: "completed", output: "all" });
    expect(fits.calls).toHaveLength(1_002);
  });

  test("an answer with nothing in it is asked again a few times, then fails", async () => {
    const { run: ended, calls } = await run((_, response) => void ops(response, []));
    expect(ended).toMatchObject({ status: "failed", error: { name: "NoProgress" } });
    expect(calls.length).toBeGreaterThan(5);
    expect(calls.length).toBeLessThan(20);
  });

  test("no-retry ends the attempts at once", async () => {
    const { run: ended, calls } = await run(
      (_, response) =>
        void response.writeHead(500, { ...sdkHeaders, "x-inngest-no-retry": "true" }).end('{"name":"Error","message":"final"}'),
      { retries: 5 },
    );
    expect(ended).toMatchObject({ status: "failed", error: { message: "final" } });
    expect(calls).toHaveLength(1);
  });

  test("a sleep that is no duration is a clear error on the run", async () => {
    const { run: ended } = await run((_, response) => void ops(response, [{ op: "Sleep", id: "b".repeat(40), name: "a while" }]));
    expect(ended).toMatchObject({ status: "failed", error: { message: expect.stringContaining("a while") } });
  });

  test("a sleep of more than 366 days fails the run", async () => {
    const { run: ended } = await run((_, response) => void ops(response, [{ op: "Sleep", id: "b".repeat(40), name: "400d" }]));
    expect(ended).toMatchObject({ status: "failed", error: { name: "InngestErrTimeoutTooLong" } });
  });
});

describe("connections", () => {
  test("a reset fails the attempt, and the next one succeeds", async () => {
    const { run: ended, calls } = await run(
      (call, response) => void (call.number === 1 ? response.destroy() : result(response, "second try")),
      { retries: 1 },
    );
    expect(ended).toMatchObject({ status: "completed", output: "second try" });
    expect(calls).toHaveLength(2);
  });

  test.for([301, 302, 303, 307, 308])("a redirect by %i is followed with method, body and query", async (status) => {
    const { run: ended, calls } = await run((call, response) => {
      if (call.url.pathname !== "/elsewhere") return void response.writeHead(status, { location: "/elsewhere" }).end();
      return void result(response, { fnId: call.url.searchParams.get("fnId"), hasBody: call.body.includes("run_id") });
    });
    expect(ended.output).toEqual({ fnId: expect.stringContaining("raw"), hasBody: true });
    expect(calls).toHaveLength(2);
  });

  test("redirects in a circle end", async () => {
    const { run: ended } = await run((_, response) => void response.writeHead(307, { location: "/again" }).end());
    expect(ended).toMatchObject({ status: "failed", error: { message: expect.stringContaining("redirectsMax") } });
  });

  test("an app that is down is told as down, and the run goes on when it is back under the same address", async () => {
    const first = await startRawApp((_, response) => void result(response, "up"));
    const { port } = first;
    await register(server.url, registration("downapp", first.url, [{ id: "f", event: "down/1", url: first.url, retries: 20 }]));
    await first[Symbol.asyncDispose]();
    const [eventId] = await server.send({ name: "down/1", data: {} });
    await server.until("it has been tried twice", async () => {
      const [run] = await server.engine.reports.eventRuns(eventId as never);
      return (run?.attempt ?? 0) > 1 ? run : undefined;
    });
    await using _ = await startRawApp((_, response) => void result(response, "back"), port);
    expect(await server.runOf(eventId ?? "", "downapp-f")).toMatchObject({ status: "completed", output: "back" });
  });

  test("a call that the app does not answer in time is given up, recorded, and made again", async () => {
    await using impatient = await startTestServer({ callMsMax: 300 });
    await using app = await startRawApp((call, response) => void (call.number === 1 || result(response, "second try")));
    await register(impatient.url, registration("late", app.url, [{ id: "f", event: "late/1", url: app.url, retries: 1 }]));
    const [eventId] = await impatient.send({ name: "late/1", data: {} });
    const ended = await impatient.runOf(eventId ?? "", "late-f");
    expect(ended).toMatchObject({ status: "completed", output: "second try" });
    expect(await impatient.engine.reports.runAttempts(ended.id as never)).toMatchObject([
      { attempt: 0, errorCode: "request_duration_too_long", retryAt: expect.any(Number) },
    ]);
  });

  test("an app that streams for ever fails its run when the last try has taken too long", async () => {
    await using impatient = await startTestServer({ callMsMax: 300 });
    const timers: NodeJS.Timeout[] = [];
    await using app = await startRawApp((_, response) => {
      response.writeHead(201, sdkHeaders);
      timers.push(setInterval(() => response.write(" "), 20));
    });
    await register(impatient.url, registration("endless", app.url, [{ id: "f", event: "endless/1", url: app.url, retries: 0 }]));
    const [eventId] = await impatient.send({ name: "endless/1", data: {} });
    expect(await impatient.runOf(eventId ?? "", "endless-f")).toMatchObject({
      status: "failed",
      error: { name: "RequestDurationTooLong", message: expect.stringContaining("callMsMax") },
    });
    for (const timer of timers) clearInterval(timer);
  });

  test("an app that hangs is cancelled, and what it says later counts for nothing", async () => {
    let late: ServerResponse | undefined;
    await using app = await startRawApp((_, response) => {
      late = response;
    });
    await register(server.url, registration("hang", app.url, [{ id: "f", event: "hang/1", url: app.url }]));
    const [eventId] = await server.send({ name: "hang/1", data: {} });
    await expect.poll(() => app.calls.length).toBe(1);
    const [started] = await server.engine.reports.eventRuns(eventId as never);
    const response = await fetch(`${server.url}/v1/runs/${started?.id}`, { method: "DELETE" });
    expect(response.status).toBe(200);
    late?.writeHead(200, sdkHeaders).end('"too late"');
    expect(await server.runOf(eventId ?? "", "hang-f")).toMatchObject({ status: "cancelled" });
  });
});
