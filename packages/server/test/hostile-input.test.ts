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

/** Events that are as they should be, so that more is looked at than refusals. */
const goodEvent = fc.record(
  { name: fc.stringMatching(/^[a-z./]{1,20}$/), data: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), id: fc.uuid() },
  { requiredKeys: ["name"] },
);

interface SendAnswer {
  readonly status: number;
  readonly body: { readonly ids: readonly string[]; readonly error?: string };
}

describe("generated requests", () => {
  test("to /e/ are taken whole or refused whole", async () => {
    let taken = 0;
    const body = fc.oneof(
      jsonWith(["name", "data", "id", "ts", "user", "v", "meta"]),
      fc.oneof(goodEvent, fc.array(goodEvent, { maxLength: 4 })).map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(body, headers, async (text, more) => {
        const before = (await engine.reports.size()).events;
        const answer = (await post("/e/key", text, more)) as SendAnswer;
        const after = (await engine.reports.size()).events;
        expect([200, 400, 413]).toContain(answer.status);
        if (answer.status !== 200) {
          expect(answer.body.ids).toEqual([]);
          expect(answer.body.error).toEqual(expect.any(String));
          expect(after).toBe(before);
          return;
        }
        taken += 1;
        const sent = [JSON.parse(text)].flat() as readonly { readonly name: string }[];
        expect(new Set(answer.body.ids).size).toBe(sent.length);
        expect(after).toBe(before + sent.length);
        const stored = await Promise.all(answer.body.ids.map((id) => engine.reports.getEvent(id as never)));
        expect(stored.map((event) => event?.name)).toEqual(sent.map(({ name }) => name));
      }),
      runs,
    );
    expect(taken).toBeGreaterThan(runs.numRuns / 10);
    expect(mistakes).toEqual([]);
  });

  test("to /fn/register name what is wrong, and leave what was registered", async () => {
    const good = registrationOf("app", "a");
    expect((await post("/fn/register", JSON.stringify(good))).status).toBe(200);
    const any = fc.jsonValue({ maxDepth: 3 });
    const options = [
      ...["id", "name", "triggers", "steps", "retries", "concurrency", "debounce", "throttle", "rateLimit", "batchEvents", "cancel"],
      ...["priority", "timeouts", "singleton", "idempotency"],
    ];
    const functions = fc.array(
      fc.dictionary(fc.constantFrom(...options), any).map((more) => ({ ...good.functions[0], ...more })),
      { maxLength: 3 },
    );
    const retries = fc.integer({ min: 0, max: 20 }).map((attempts) => [{ ...good.functions[0], retries: { attempts } }]);
    const body = fc.oneof(
      jsonWith(["appName", "url", "functions", "sdk"]),
      fc.oneof(functions, retries).map((list) => JSON.stringify({ ...good, functions: list })),
    );
    const counts = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(body, headers, async (text, more) => {
        const before = whatRuns();
        const answer = (await post("/fn/register", text, more)) as {
          readonly status: number;
          readonly body: { readonly error?: string; readonly status?: number };
        };
        expect([200, 400]).toContain(answer.status);
        if (answer.status === 400) {
          counts.refused += 1;
          expect(answer.body).toMatchObject({ error: expect.any(String), status: 400 });
          expect(whatRuns()).toEqual(before);
          // What memory does not know must not come back with the next start.
          expect((await store.apps.list()).functions.filter(({ archivedAt }) => archivedAt === undefined)).toHaveLength(before.size);
        } else {
          counts.taken += 1;
          const { appName, functions: sent } = JSON.parse(text) as {
            readonly appName: string;
            readonly functions?: readonly { readonly id: string }[];
          };
          const own = [...whatRuns().keys()].filter((slug) => appOf(slug) === appName);
          expect(own.sort()).toEqual((sent ?? []).map(({ id }) => id).sort());
        }
      }),
      runs,
    );
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(runs.numRuns / 20);
    expect(mistakes).toEqual([]);
  });

  test("to checkpoints of runs that exist, have ended or never were save all or nothing", async () => {
    const [alive, ended] = await runsInCall();
    const runId = fc.constantFrom(alive, alive, ended, "01J00000000000000000000000", "nonsense");
    const tokenOf = (id: string, generation: number): string => encodeQueueItemToken({ itemId: id as never, generation });
    const token = fc.oneof(
      { weight: 3, arbitrary: fc.constant(tokenOf(alive, 1)) },
      fc.constantFrom(...[alive, ended].flatMap((id) => [0, 1, 2].map((generation) => tokenOf(id, generation)))),
      fc.string(),
    );
    const stepRun = fc.record({
      op: fc.constant("StepRun"),
      id: fc.stringMatching(/^[0-9a-f]{1,8}$/),
      data: fc.jsonValue(),
      name: fc.string(),
    });
    const op = fc.oneof(
      fc.record({
        op: fc.constantFrom("StepRun", "StepError", "StepPlanned", "RunComplete", "Teleport"),
        id: fc.string(),
        data: fc.jsonValue(),
      }),
      fc.jsonValue(),
    );
    const steps = fc.oneof(fc.array(stepRun, { maxLength: 4 }), fc.array(fc.oneof(stepRun, op), { maxLength: 4 }), fc.jsonValue());
    const saved = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(runId, token, steps, async (id, qiId, list) => {
        const { status } = await post(`/v1/checkpoint/${id}/async`, JSON.stringify({ run_id: id, qi_id: qiId, steps: list }));
        expect([200, 400, 409, 413]).toContain(status);
        if (status === 200) {
          expect(id).toBe(alive);
          // What a step gave first it keeps.
          for (const { op: kind, id: stepId, data } of list as readonly {
            readonly op: string;
            readonly id: string;
            readonly data?: unknown;
          }[])
            if (kind === "StepRun" && !saved.has(stepId)) saved.set(stepId, JSON.stringify({ data: data ?? null }));
        }
        expect(await settledOf(alive)).toEqual(saved);
        expect(await settledOf(ended)).toEqual(new Map());
      }),
      runs,
    );
    expect(saved.size).toBeGreaterThan(runs.numRuns / 20);
    expect(mistakes).toEqual([]);
  });

  test("in another encoding than UTF-8 are refused at each door, and what only looks like it is not", async () => {
    const bytes = (json: string, encoding: "latin1" | "utf8", length: "announced" | "chunked"): RequestInit => {
      const body = Buffer.from(json, encoding);
      const headers = { host: "localhost:8288", ...(length === "announced" ? { "content-length": String(body.length) } : {}) };
      return { method: "POST", headers, body };
    };
    const event = JSON.stringify({ name: "encoded", data: { who: "Zoë", emoji: "\ufffd" } });
    for (const length of ["announced", "chunked"] as const) {
      for (const path of ["/e/key", "/fn/register", "/v1/checkpoint/01J00000000000000000000000/async"]) {
        const response = await app.fetch(new Request(`http://localhost:8288${path}`, bytes(event, "latin1", length)));
        expect([response.status, await response.json()]).toMatchObject([
          400,
          { code: "invalid_json", error: expect.stringContaining("UTF-8") },
        ]);
      }
      const taken = await app.fetch(new Request("http://localhost:8288/e/key", bytes(event, "utf8", length)));
      const { ids } = (await taken.json()) as { readonly ids: readonly string[] };
      expect((await engine.reports.getEvent(ids[0] as never))?.data).toBe('{"who":"Zoë","emoji":"\ufffd"}');
      expect((await app.fetch(new Request("http://localhost:8288/e/key", bytes(`\ufeff${event}`, "utf8", length)))).status).toBe(200);
    }
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

/** An app with one function, which an event of that name starts. */
function registrationOf(appName: string, event: string) {
  const url = "http://localhost:1/";
  const steps = { step: { id: "step", name: "step", runtime: { type: "http", url } } };
  return { appName, url, sdk: "js:v4", functions: [{ id: `${appName}-f`, name: "f", triggers: [{ event }], steps }] };
}

/** The functions that start runs, with their versions. */
function whatRuns(): ReadonlyMap<string, number> {
  return new Map(engine.functions().map(({ slug, version }) => [slug, version]));
}

function appOf(slug: string): string | undefined {
  const record = engine.findFunction(slug);
  return engine.apps().find(({ id }) => id === record?.appId)?.name;
}

/** Two runs whose first call is under way; the second has been cancelled meanwhile. */
async function runsInCall(): Promise<readonly [string, string]> {
  expect((await post("/fn/register", JSON.stringify(registrationOf("cp", "cp/go")))).status).toBe(200);
  const { body } = (await post("/e/key", '[{"name":"cp/go"},{"name":"cp/go"}]')) as SendAnswer;
  const [first, second] = await Promise.all(body.ids.map(async (id) => (await engine.reports.eventRuns(id as never))[0]?.id));
  if (first === undefined || second === undefined) throw new Error("each event starts a run");
  expect(await engine.cancelRun({ runId: second, reason: "test" })).toEqual({ kind: "cancelled" });
  return [first, second];
}

/** Results by step. */
async function settledOf(runId: string): Promise<ReadonlyMap<string, string>> {
  const steps = await engine.reports.runSteps(runId as never);
  return new Map(steps.flatMap(({ stepId, memo }) => (memo === undefined ? [] : [[stepId, memo]])));
}
