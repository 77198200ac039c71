// What lets runs of the official SDKs begin: rates, keys, singletons and priority, over real HTTP.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunReport } from "@stepwell/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

const slugOf = (name: string): string => `conformance-${name}`;

describe.for(["v3", "v4"] as const)("what gates the runs of inngest %s", (sdk) => {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-gated-"));
  const downFile = join(folder, "down");
  let server: TestServer;
  let app: AppProcess;

  beforeAll(async () => {
    server = await startTestServer();
    app = await startApp({ sdk, serverUrl: server.url, functions: "gated", downFile });
    await server.sync(app.url);
  }, 60_000);

  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One request of events for the function. */
  async function send(name: string, ...data: readonly object[]): Promise<readonly string[]> {
    return server.send(data.map((each) => ({ name: `waiting/${name}`, data: each })));
  }

  /** The status of the function's run of each event, or why it has none. */
  async function became(name: string, eventIds: readonly string[]): Promise<readonly string[]> {
    return Promise.all(
      eventIds.map(async (id) => {
        const [run] = (await server.engine.reports.eventRuns(id as never)).filter(({ functionSlug }) => functionSlug === slugOf(name));
        const outcomes = await server.engine.reports.eventOutcomes(id as never);
        return run === undefined ? (outcomes.find((each) => each.functionSlug === slugOf(name))?.kind ?? "nothing") : run.status;
      }),
    );
  }

  async function runsOf(name: string): Promise<readonly RunReport[]> {
    const found = server.engine.findFunction(slugOf(name));
    if (found === undefined) throw new Error(`no function ${name}`);
    return (await server.engine.reports.listRuns({ functionIds: [found.id] }, { limit: 100 })).rows;
  }

  const outputOf = async (name: string): Promise<unknown> => {
    const [eventId] = await send(name, {});
    return (await server.runOf(eventId ?? "", slugOf(name))).output;
  };

  test("nothing is said against any of the options", () => {
    expect(server.engine.apps().map(({ warnings }) => warnings)).toEqual([undefined]);
  });

  test("a run that waits for a slot says which key, which run has it, and that it is first in line", async () => {
    // The step ends when the file is gone.
    writeFileSync(downFile, "");
    const ids = await send("one-by-one", { tenant: 42 }, { tenant: 42 });
    const why = async (path: string) =>
      ((await (await fetch(`${server.url}/api/v1/${path}/why`)).json()) as { readonly data: Readonly<Record<string, unknown>> }).data;
    const [first, second] = (await Promise.all(ids.map((id) => server.engine.reports.eventRuns(id as never)))).map(([run]) => run?.id);
    const answer = await server.until("the first is called", async () => {
      const held = await why(`runs/${second}`);
      return JSON.stringify(held).includes('"status":"running"') ? held : undefined;
    });
    expect(answer).toMatchObject({
      state: "queued",
      headline: { code: "concurrency", text: `tenant=42 allows 1 call at once; held by run ${first}; it is 1st in line` },
      gates: expect.arrayContaining([
        expect.objectContaining({
          ...{ gate: "concurrency", ok: false, key: "42", keyExpr: "event.data.tenant", limit: 1, inUse: 1, position: 1 },
          holders: [expect.objectContaining({ runId: first, status: "running", forMs: expect.any(Number) })],
        }),
      ]),
    });
    expect(await why(`events/${ids[1]}`)).toMatchObject({ functions: [{ outcome: "started", runId: second, runStatus: "queued" }] });
    rmSync(downFile);
    for (const id of ids) expect((await server.runOf(id, slugOf("one-by-one"))).output).toBe("done");
    expect(await why(`runs/${second}`)).toMatchObject({ state: "completed", headline: { code: "ended" }, gates: [] });
  });

  test("a rate lets its number in at once, by key, and names the next time", async () => {
    const ids = await send("limited", { key: "a" }, { key: "a" }, { key: "a" }, { key: "b" });
    expect((await became("limited", ids)).map((what) => what === "rate_limited")).toEqual([false, false, true, false]);
    const answer = (await (await fetch(`${server.url}/api/v1/events/${ids[2]}`)).json()) as { data: { outcomes: readonly object[] } };
    expect(answer.data.outcomes).toMatchObject([
      { function: slugOf("limited"), code: "rate_limited", key: "a", nextAt: expect.stringMatching(/^20/) },
    ]);
  });

  test("a step that invokes beyond the rate is told at once, and may catch it", async () => {
    await send("limited", { key: "k" }, { key: "k" });
    expect(await outputOf("invokes-limited")).toMatch(/rate limited/);
  });

  test("a key starts one run, and the others name it", async () => {
    const ids = await send("once", { key: "x" }, { key: "x" }, { key: "y" }, {}, {});
    expect((await became("once", ids)).map((what) => what === "duplicate")).toEqual([false, true, false, false, false]);
    const [first] = await server.engine.reports.eventRuns(ids[0] as never);
    expect(await server.engine.reports.eventOutcomes(ids[1] as never)).toMatchObject([{ kind: "duplicate", detail: first?.id }]);
  });

  test("a step that invokes with a key that was used is told at once", async () => {
    await send("once", { key: "k" });
    expect(await outputOf("invokes-once")).toMatch(/idempotency key/);
  });

  test("a key and a rate each do their own work", async () => {
    const ids = await send("both", { order: 1 }, { order: 1 }, { order: 2 }, { order: 3 });
    expect((await became("both", ids)).slice(1)).toEqual(["duplicate", expect.not.stringMatching(/duplicate|rate/), "rate_limited"]);
  });

  test("a singleton skips what comes while its run is alive, and whoever invokes is told", async () => {
    const ids = await send("skips", { key: "k" }, { key: "k" }, { key: "other" }, {}, {});
    expect((await became("skips", ids)).map((what) => what === "skipped")).toEqual([false, true, false, false, false]);
    expect(await outputOf("invokes-skips")).toMatch(/singleton/);
    const skipped = (await runsOf("skips")).filter(({ status }) => status === "skipped");
    const [holder] = await server.engine.reports.eventRuns(ids[0] as never);
    expect(new Set(skipped.map(({ cancelReason }) => cancelReason))).toEqual(new Set([`singleton ${holder?.id}`]));
  });

  test("a singleton cancels the elder run for the newer one, and its end is told", async () => {
    const [firstId] = await send("replaces", { key: "k" });
    const first = await server.until("the first run sleeps", async () => {
      const [run] = await server.engine.reports.eventRuns(firstId as never);
      return run !== undefined && server.engine.phaseOf(run).status === "waiting" ? run : undefined;
    });
    const [secondId] = await send("replaces", { key: "k" });
    const [second] = await server.engine.reports.eventRuns(secondId as never);
    expect(await server.engine.reports.getRun(first.id)).toMatchObject({ status: "cancelled", cancelReason: `singleton ${second?.id}` });
    const heard = await server.until("the listener has run", async () =>
      (await runsOf("hears")).find(({ output }) => output !== undefined),
    );
    expect(JSON.parse(heard.output ?? "")).toBe(first.id);
  });

  test("of runs that wait those of high priority go first, plain numbers of the event included", async () => {
    const ids = await send("ranked", { priority: 0 }, { priority: 10 }, { priority: -10 }, { priority: 99.6 }, { priority: "soon" });
    const ended = await Promise.all(ids.map((id) => server.runOf(id, slugOf("ranked"))));
    expect(ended.map(({ output }) => output)).toEqual([0, 10, -10, 99.6, "soon"]);
    // The order in which runs came to their first call; of the same millisecond the order of the list is as good.
    const began = new Map((await runsOf("ranked")).map((run) => [run.id as string, run]));
    const startedAt = ended.map(({ id }) => Number(began.get(id)?.startedAt));
    const [none = 0, high = 0, low = 0, highest = 0, failing = 0] = startedAt;
    expect([highest, high, none, failing, low]).toEqual([...startedAt].sort((one, other) => one - other));
    expect(began.get(ended[4]?.id ?? "")?.warnings).toMatch(/priority: /);
  });
});
