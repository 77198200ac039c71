// Whatever comes in at the three doors that write (events, registrations, checkpoints): a clear answer, never a 500, and
// nothing half done. The engine and the store are the ones that ship.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Engine, systemClock, systemRandom } from "@stepwell/engine";
import { encodeQueueItemToken, epochMs } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp, type HttpApp } from "../src/create-app.ts";
import { appSyncer } from "../src/discovery/sync-url.ts";
import { KeyRing } from "../src/keys/key-ring.ts";

const folder = mkdtempSync(join(tmpdir(), "stepwell-hostile-"));
let store: Store;
let engine: Engine;
let app: HttpApp;
const mistakes: unknown[] = [];

beforeAll(async () => {
  store = await openSqliteStore({ file: join(folder, "h.db"), now: epochMs(Date.now()), synchronous: "off", reader: "inline" });
  const transport = { inProcess: false, call: () => new Promise<never>(() => undefined) };
  engine = buildEngine({ store, transport, clock: systemClock(store.lastNow), random: systemRandom() });
  await engine.start();
  const settings = {
    mode: "dev",
    version: "0",
    keys: new KeyRing({ given: { signingKeys: [], eventKeys: [] }, wallNow: Date.now }),
    allowHosts: [],
    storeKind: "sqlite",
    discovery: false,
  } as const;
  app = createApp({
    engine,
    settings,
    syncer: appSyncer({ engine, settings, wallNow: Date.now }),
    onError: (error) => mistakes.push(error),
  });
});
afterAll(async () => {
  await engine.stop({ graceMs: 0 });
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function post(
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await app.fetch(
    new Request(`http://localhost:8288${path}`, { method: "POST", headers: { host: "localhost:8288", ...headers }, body }),
  );
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

/** JSON of any kind, with the keys that matter filled by anything at all more often than chance would. */
function jsonWith(keys: readonly string[]): fc.Arbitrary<string> {
  const any = fc.jsonValue({ maxDepth: 3 });
  const object = fc.dictionary(fc.constantFrom(...keys), any).map((value) => JSON.stringify(value));
  return fc.oneof(
    object,
    fc.array(fc.dictionary(fc.constantFrom(...keys), any), { maxLength: 4 }).map((value) => JSON.stringify(value)),
    any.map((value) => JSON.stringify(value)),
    fc.string(),
  );
}

const runs = { numRuns: 300 };
const headers = fc.dictionary(
  fc.constantFrom("x-inngest-event-id-seed", "x-inngest-expected-server-kind", "content-type", "authorization", "x-inngest-sdk"),
  fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
);

describe("generated requests", () => {
  test("to /e/ are taken whole or refused whole", async () => {
    await fc.assert(
      fc.asyncProperty(jsonWith(["name", "data", "id", "ts", "user", "v", "meta"]), headers, async (body, more) => {
        const before = (await engine.reports.size()).events;
        const answer = (await post("/e/key", body, more)) as {
          readonly status: number;
          readonly body: { readonly ids: readonly string[]; readonly error?: string };
        };
        expect([200, 400, 413]).toContain(answer.status);
        if (answer.status !== 200) {
          expect(answer.body.ids).toEqual([]);
          expect(answer.body.error).toEqual(expect.any(String));
          expect((await engine.reports.size()).events).toBe(before);
        }
      }),
      runs,
    );
    expect(mistakes).toEqual([]);
  });

  test("to /fn/register name what is wrong, and leave what was registered", async () => {
    const good = {
      appName: "app",
      url: "http://localhost:1/",
      sdk: "js:v4",
      functions: [
        {
          id: "app-f",
          name: "f",
          triggers: [{ event: "a" }],
          steps: { step: { id: "step", name: "step", runtime: { type: "http", url: "http://localhost:1/" } } },
        },
      ],
    };
    expect((await post("/fn/register", JSON.stringify(good))).status).toBe(200);
    const any = fc.jsonValue({ maxDepth: 3 });
    const options = [
      "id",
      "name",
      "triggers",
      "steps",
      "retries",
      "concurrency",
      "debounce",
      "throttle",
      "rateLimit",
      "batchEvents",
      "cancel",
      "priority",
      "timeouts",
      "singleton",
      "idempotency",
    ];
    const functions = fc.array(
      fc.dictionary(fc.constantFrom(...options), any).map((more) => ({ ...good.functions[0], ...more })),
      { maxLength: 3 },
    );
    const body = fc.oneof(
      jsonWith(["appName", "url", "functions", "sdk"]),
      functions.map((list) => JSON.stringify({ ...good, functions: list })),
    );
    await fc.assert(
      fc.asyncProperty(body, headers, async (text, more) => {
        const answer = (await post("/fn/register", text, more)) as {
          readonly status: number;
          readonly body: { readonly error?: string; readonly status?: number };
        };
        expect([200, 400]).toContain(answer.status);
        if (answer.status === 400) expect(answer.body).toMatchObject({ error: expect.any(String), status: 400 });
      }),
      runs,
    );
    expect(mistakes).toEqual([]);
  });

  test("to checkpoints of runs that exist, have ended or never were save all or nothing", async () => {
    await post(
      "/fn/register",
      JSON.stringify({
        appName: "cp",
        url: "http://localhost:1/",
        sdk: "js:v4",
        functions: [
          {
            id: "cp-f",
            name: "f",
            triggers: [{ event: "cp/go" }],
            steps: { step: { id: "step", name: "step", runtime: { type: "http", url: "http://localhost:1/" } } },
          },
        ],
      }),
    );
    const sent = (await post("/e/key", '{"name":"cp/go"}')).body as { readonly ids: readonly string[] };
    const [run] = await engine.reports.eventRuns(sent.ids[0] as never);
    if (run === undefined) throw new Error("the event starts a run");
    const runId = fc.constantFrom(run.id, "01J00000000000000000000000", "nonsense");
    const token = fc.oneof(
      fc.constantFrom(...[0, 1, 2].map((generation) => encodeQueueItemToken({ itemId: run.id, generation }))),
      fc.string(),
    );
    const op = fc.oneof(
      fc.record({
        op: fc.constantFrom("StepRun", "StepError", "StepPlanned", "RunComplete", "Teleport"),
        id: fc.string(),
        data: fc.jsonValue(),
        name: fc.string(),
      }),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(runId, token, fc.oneof(fc.array(op, { maxLength: 4 }), fc.jsonValue()), async (id, qiId, steps) => {
        const before = (await engine.reports.runSteps(run.id)).length;
        const { status } = await post(`/v1/checkpoint/${id}/async`, JSON.stringify({ run_id: id, qi_id: qiId, steps }));
        expect([200, 400, 409, 413]).toContain(status);
        if (status !== 200) expect((await engine.reports.runSteps(run.id)).length).toBe(before);
      }),
      runs,
    );
    expect(mistakes).toEqual([]);
  });

  test("nested far deeper than anybody means are refused at each door", async () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const before = (await engine.reports.size()).events;
    expect(await post("/e/key", `{"name":"a","data":{"x":${deep}}}`)).toMatchObject({
      status: 400,
      body: { ids: [], code: "json_too_deep" },
    });
    expect(await post("/fn/register", `{"appName":"a","url":"http://localhost:1/","functions":[],"x":${deep}}`)).toMatchObject({
      status: 400,
      body: { code: "json_too_deep" },
    });
    const qiId = encodeQueueItemToken({ itemId: "01J00000000000000000000000" as never, generation: 1 });
    const checkpoint = `{"qi_id":"${qiId}","steps":[{"op":"StepRun","id":"a","data":${deep}}]}`;
    expect(await post("/v1/checkpoint/01J00000000000000000000000/async", checkpoint)).toMatchObject({
      status: 400,
      body: { code: "json_too_deep" },
    });
    expect((await engine.reports.size()).events).toBe(before);
    expect(mistakes).toEqual([]);
  });

  test("to every path of the API with anything as an id", async () => {
    const path = fc.tuple(
      fc.constantFrom(
        "/api/v1/runs/",
        "/api/v1/events/",
        "/v1/runs/",
        "/v1/events/",
        "/v0/runs/",
        "/api/v1/runs?status=",
        "/api/v1/runs?limit=",
        "/api/v1/runs?after=",
        "/v1/events?cursor=",
      ),
      fc.string(),
      fc.constantFrom("", "/trace", "/runs", "/jobs", "/actions", "/batch"),
    );
    await fc.assert(
      fc.asyncProperty(path, async ([start, id, end]) => {
        const address = `http://localhost:8288${start}${encodeURIComponent(id)}${start.includes("?") ? "" : end}`;
        const response = await app.fetch(new Request(address, { headers: { host: "localhost:8288" } }));
        expect(response.status).toBeLessThan(500);
      }),
      runs,
    );
    expect(mistakes).toEqual([]);
  });
});
