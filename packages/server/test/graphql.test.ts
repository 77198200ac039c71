// What test suites and scripts ask of `POST /v0/gql`: their own documents, over the engine and the store that ship.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GraphqlShop, graphqlShop } from "./graphql-shop.ts";
import type { Answer } from "./small-server.ts";

let shop: GraphqlShop;
let { eventIds, runIds, gql, data } = {} as GraphqlShop;

beforeAll(async () => {
  shop = await graphqlShop();
  ({ eventIds, runIds, gql, data } = shop);
});
afterAll(() => shop.server.stop());

describe("what the SDKs' suites ask", () => {
  test("a run's output and status, and what started it", async () => {
    const query = `query GetRun($run_id: String!) {
      run(runID: $run_id) { output status }
      runTrigger(runID: $run_id) { eventName IDs payloads timestamp isBatch batchID cron }
    }`;
    const good = await data(query, { run_id: runIds["good"] });
    expect(good.run).toEqual({ status: "COMPLETED", output: '{"ok":true}' });
    expect(good.runTrigger).toMatchObject({ eventName: "shop/good", IDs: [eventIds["good"]], isBatch: false, batchID: null, cron: null });
    expect(JSON.parse(good.runTrigger.payloads[0])).toMatchObject({
      id: "order-1",
      name: "shop/good",
      data: { name: "good" },
      user: { id: 7 },
    });
    const bad = await data(query, { run_id: runIds["bad"] });
    expect(bad.run.status).toBe("FAILED");
    expect(JSON.parse(bad.run.output)).toMatchObject({ name: "CardError", message: "no funds", stack: "at x" });
    expect((await data(query, { run_id: runIds["sleeps"] })).run).toEqual({ status: "RUNNING", output: null });
    for (const unknown of ["01J00000000000000000000000", "nonsense", ""])
      expect(await data(query, { run_id: unknown })).toEqual({ run: null, runTrigger: null });
  });

  test("the runs of an event, by the id that the sender was given", async () => {
    const query =
      "query GetRunFromEventID($event_id: ID!) { event(query: {eventId: $event_id}) { functionRuns { id status function { name slug } } } }";
    expect(await data(query, { event_id: eventIds["good"] })).toEqual({
      event: { functionRuns: [{ id: runIds["good"], status: "COMPLETED", function: { name: "good", slug: "shop-good" } }] },
    });
    const v2 = await data(
      "query($eventId: ULID!) { eventV2(id: $eventId) { id idempotencyKey name raw occurredAt receivedAt version runs { id status function { name } } } }",
      { eventId: eventIds["good"] },
    );
    expect(v2.eventV2).toMatchObject({ id: eventIds["good"], idempotencyKey: "order-1", name: "shop/good", version: null });
    expect(v2.eventV2.runs).toEqual([{ id: runIds["good"], status: "COMPLETED", function: { name: "good" } }]);
    expect(JSON.parse(v2.eventV2.raw)).toEqual({
      data: { name: "good" },
      id: "order-1",
      name: "shop/good",
      ts: expect.any(Number),
      user: { id: 7 },
      v: null,
    });
  });

  test("events and the runs they started, newest first, in pages", async () => {
    const query = `query GetEventsV2($pageSize: Int!, $cursor: String, $startTime: Time!, $endTime: Time, $celQuery: String = null,
        $eventNames: [String!] = null, $includeInternalEvents: Boolean = true) {
      eventsV2(first: $pageSize, after: $cursor, filter: {from: $startTime, until: $endTime, query: $celQuery, eventNames: $eventNames,
          includeInternalEvents: $includeInternalEvents}) {
        edges { node { name id occurredAt receivedAt raw runs { status id startedAt endedAt function { name slug } } } }
        totalCount
        pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
      }
    }`;
    const startTime = "0001-01-01T00:00:00Z";
    const first = (await data(query, { pageSize: 2, startTime, includeInternalEvents: false })).eventsV2;
    expect(first.totalCount).toBe(7);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const names = (page: Answer["body"]): readonly string[] => page.edges.map((edge: Answer["body"]) => edge.node.name);
    const second = (await data(query, { pageSize: 400, cursor: first.pageInfo.endCursor, startTime, includeInternalEvents: false }))
      .eventsV2;
    expect([...names(first), ...names(second)]).toHaveLength(7);
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const only = (await data(query, { pageSize: 9, startTime, eventNames: ["shop/good"] })).eventsV2;
    expect(only.edges).toMatchObject([{ node: { runs: [{ status: "COMPLETED", id: runIds["good"] }] } }]);
    const none = (await data(query, { pageSize: 9, startTime: "2100-01-01T00:00:00Z" })).eventsV2;
    expect(none).toMatchObject({ edges: [], totalCount: 0, pageInfo: { startCursor: null } });
    const good = (await data(query, { pageSize: 9, startTime, celQuery: 'event.data.name == "good"' })).eventsV2;
    expect(good).toMatchObject({ edges: [{ node: { name: "shop/good" } }], totalCount: 1 });
  });

  test("runs in pages, by status, time and function, in either order", async () => {
    const query = `query GetFunctionRunsV2($startTime: Time!, $endTime: Time!, $timeField: RunsV2OrderByField = QUEUED_AT,
        $status: [FunctionRunStatus!], $first: Int = 40, $after: String, $direction: RunsOrderByDirection!, $fns: [UUID!]) {
      runs(first: $first, after: $after, filter: {from: $startTime, until: $endTime, status: $status, timeField: $timeField, functionIDs: $fns},
          orderBy: [{field: $timeField, direction: $direction}]) {
        edges { cursor node { id status traceID startedAt queuedAt endedAt } }
        pageInfo { startCursor endCursor hasNextPage }
        totalCount
      }
    }`;
    const times = { startTime: "2000-01-01T00:00:00Z", endTime: "2100-01-01T00:00:00Z", direction: "DESC" };
    const all = (await data(query, times)).runs;
    expect(all.totalCount).toBe(8);
    const idsOf = (page: Answer["body"]): readonly string[] => page.edges.map((edge: Answer["body"]) => edge.node.id);
    for (const timeField of ["QUEUED_AT", "STARTED_AT", "ENDED_AT"])
      for (const direction of ["ASC", "DESC"]) {
        const found: string[] = [];
        for (let after: string | null = null; ; ) {
          const page: Answer["body"] = (await data(query, { ...times, timeField, direction, first: 3, after })).runs;
          found.push(...idsOf(page));
          expect(page.totalCount).toBe(timeField === "ENDED_AT" ? 6 : 8);
          if (!page.pageInfo.hasNextPage) break;
          after = page.pageInfo.endCursor;
        }
        expect([new Set(found).size, found.length]).toEqual(timeField === "ENDED_AT" ? [6, 6] : [8, 8]);
        if (timeField === "QUEUED_AT") expect(direction === "DESC" ? found : [...found].reverse()).toEqual(idsOf(all));
      }
    expect([...idsOf((await data(query, { ...times, status: ["FAILED"] })).runs)].sort()).toEqual([runIds["bad"], runIds["lost"]].sort());
    const running = (await data(query, { ...times, status: ["RUNNING"] })).runs;
    expect([idsOf(running).length, running.totalCount]).toEqual([2, 2]);
    expect((await data(query, { ...times, status: ["QUEUED"] })).runs).toMatchObject({ edges: [], totalCount: 0 });
    const [fn] = (await data("{ functions { id slug } }")).functions.filter(({ slug }: { slug: string }) => slug === "shop-flaky");
    expect(idsOf((await data(query, { ...times, fns: [fn.id] })).runs)).toEqual([runIds["flaky"]]);
    expect(idsOf((await data(query, { ...times, fns: ["00000000-0000-4000-8000-000000000000"] })).runs)).toEqual([]);
  });

  test("an older run, its history and its events", async () => {
    const query = `query($id: ID!) { functionRun(query: {functionRunId: $id}) {
      id status output startedAt finishedAt pendingSteps event { id raw } events { id name } history { id type attempt stepName createdAt
        sleep { until } waitForEvent { eventName expression timeout } result { durationMS output } } } }`;
    const types = async (name: string) =>
      (await data(query, { id: runIds[name] })).functionRun.history.map(({ type }: { type: string }) => type);
    expect(await types("good")).toEqual([
      "FunctionScheduled",
      "FunctionStarted",
      "StepScheduled",
      "StepStarted",
      "StepCompleted",
      "FunctionCompleted",
    ]);
    expect(await types("flaky")).toContain("StepErrored");
    expect((await types("lost")).at(-1)).toBe("FunctionFailed");
    const waits = (await data(query, { id: runIds["waits"] })).functionRun;
    expect(waits).toMatchObject({ status: "RUNNING", finishedAt: null, pendingSteps: 1, event: { id: eventIds["waits"] } });
    expect(waits.history.at(-1)).toMatchObject({ type: "StepWaiting", stepName: "paid", waitForEvent: { eventName: "shop/paid" } });
    expect((await data(query, { id: "x" })).functionRun).toBeNull();
  });

  test("events of the stream, old events, apps and functions", async () => {
    const found = await data(`{
      stream(query: {limit: 50, includeInternalEvents: false}) { id trigger type createdAt runs { id function { name } } }
      events(query: {}) { id name payload status totalRuns pendingRuns }
      functions { id name slug config url triggers { type value } app { id externalID name method } }
      functionBySlug(query: {functionSlug: "shop-good"}) { name configuration { retries { value isDefault } } }
      apps { id name sdkLanguage sdkVersion framework url error connected functionCount autodiscovered functions { name } }
      functionRuns(query: {}) { id }
    }`);
    expect(found.stream).toHaveLength(7);
    expect(found.events).toContainEqual({
      id: eventIds["good"],
      name: "shop/good",
      payload: '{"name":"good"}',
      status: "COMPLETED",
      totalRuns: 1,
      pendingRuns: 0,
    });
    expect(found.functions[0]).toMatchObject({
      triggers: [{ type: "EVENT", value: expect.stringMatching(/^shop\//) }],
      app: { name: "shop", method: "SERVE" },
    });
    expect(found.functionBySlug).toEqual({ name: "good", configuration: { retries: { value: 1, isDefault: false } } });
    expect(found.apps).toMatchObject([{ name: "shop", sdkLanguage: "js", sdkVersion: "4.24.0", functionCount: 7, connected: true }]);
    expect(found.functionRuns).toHaveLength(8);
  });
});

const spanFields = `name status attempts isRoot runID parentSpanID spanID traceID stepID stepOp stepType startedAt endedAt duration outputID
  metadata { scope kind values updatedAt } isUserland userlandSpan { spanName } response { statusCode headers }
  stepInfo { __typename
    ... on InvokeStepInfo { triggeringEventID functionID timeout returnEventID runID timedOut }
    ... on SleepStepInfo { sleepUntil }
    ... on WaitForEventStepInfo { eventName expression timeout foundEventID timedOut }
    ... on WaitForSignalStepInfo { signal timeout timedOut }
    ... on RunStepInfo { type } }`;
const traceQuery = `query GetTraceRun($runID: String!, $preview: Boolean) { run(runID: $runID) {
    status traceID isBatch batchCreatedAt cronSchedule startedAt endedAt queuedAt eventName function { name slug } app { name }
    trace(preview: $preview) { ...Span childrenSpans { ...Span childrenSpans { ...Span } } }
    defers { hashedDeferID } deferredFrom { runID } } }
  fragment Span on RunTraceSpan { ${spanFields} }`;

describe("a trace", () => {
  const trace = async (name: string) => (await data(traceQuery, { runID: runIds[name], preview: true })).run.trace;
  const output = async (outputID: string) =>
    (
      await data("query($id: String!) { runTraceSpanOutputByID(outputID: $id) { input data error { name message stack cause } } }", {
        id: outputID,
      })
    ).runTraceSpanOutputByID;

  test("of a run that went well: a span for each step and one for the end, without attempts", async () => {
    const root = await trace("good");
    expect(root).toMatchObject({ name: "Run", status: "COMPLETED", isRoot: true, parentSpanID: null });
    const [charge, end] = root.childrenSpans;
    expect(charge).toMatchObject({
      name: "charge",
      status: "COMPLETED",
      attempts: 0,
      stepOp: "RUN",
      stepType: "RUN",
      childrenSpans: [],
      isRoot: false,
    });
    expect([charge.parentSpanID, charge.traceID]).toEqual([root.spanID, root.traceID]);
    expect(end).toMatchObject({ name: "Finalization", status: "COMPLETED", stepType: "FINALIZATION", stepOp: null, childrenSpans: [] });
    expect(await output(charge.outputID)).toEqual({ input: '["A-1",42]', data: '{"charged":42}', error: null });
    expect(await output(root.outputID)).toEqual({ input: null, data: '{"ok":true}', error: null });
    const direct = await data("query($id: String!) { runTrace(runID: $id) { name run { id } childrenSpans { parentSpan { name } } } }", {
      id: runIds["good"],
    });
    expect(direct.runTrace).toMatchObject({
      name: "Run",
      run: { id: runIds["good"] },
      childrenSpans: [{ parentSpan: { name: "Run" } }, {}],
    });
  });

  test("of attempts: those that failed and the last one, each with what it brought", async () => {
    const [charge] = (await trace("flaky")).childrenSpans;
    expect(charge).toMatchObject({
      name: "charge",
      status: "COMPLETED",
      attempts: 1,
      stepType: "step.ai.wrap",
      stepInfo: { __typename: "RunStepInfo" },
    });
    expect(charge.childrenSpans).toMatchObject([
      { name: "Attempt 0", status: "FAILED" },
      { name: "Attempt 1", status: "COMPLETED" },
    ]);
    expect(await output(charge.childrenSpans[0].outputID)).toMatchObject({
      data: null,
      error: { name: "CardError", message: "no funds", stack: "at charge" },
    });
    const [lost, end] = (await trace("lost")).childrenSpans;
    expect(lost).toMatchObject({
      status: "FAILED",
      attempts: 1,
      childrenSpans: [{ status: "FAILED" }, { name: "Attempt 1", status: "FAILED" }],
    });
    expect(await output(lost.outputID)).toMatchObject({
      error: { name: "CardError", message: "no funds", stack: "at charge", cause: null },
    });
    expect(end).toMatchObject({ name: "Finalization", status: "FAILED" });
    const bad = await trace("bad");
    expect(bad.childrenSpans).toMatchObject([
      {
        name: "Finalization",
        status: "FAILED",
        attempts: 1,
        response: { statusCode: 500 },
        childrenSpans: [{ name: "Attempt 0" }, { name: "Attempt 1" }],
      },
    ]);
    expect(await output(bad.outputID)).toMatchObject({ error: { name: "CardError" } });
  });

  test("of what waits: an invoke with its child, a sleep until its end, a wait for its event", async () => {
    const [child] = (await trace("parent")).childrenSpans;
    expect(child).toMatchObject({ name: "child", stepOp: "INVOKE", status: "COMPLETED" });
    expect(child.stepInfo).toMatchObject({
      __typename: "InvokeStepInfo",
      functionID: "shop-good",
      timedOut: false,
      runID: expect.any(String),
      triggeringEventID: expect.any(String),
      returnEventID: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
    });
    expect(await output(child.outputID)).toMatchObject({ data: '{"ok":true}' });
    const [nap] = (await trace("sleeps")).childrenSpans;
    expect(nap).toMatchObject({
      stepOp: "SLEEP",
      status: "WAITING",
      endedAt: null,
      outputID: null,
      stepInfo: { sleepUntil: expect.stringMatching(/Z$/) },
    });
    const [paid] = (await trace("waits")).childrenSpans;
    expect(paid).toMatchObject({
      stepOp: "WAIT_FOR_EVENT",
      status: "WAITING",
      stepInfo: { eventName: "shop/paid", foundEventID: null, timedOut: null },
    });
  });

  test("a step has the arguments of its code, here and in our own API", async () => {
    const [charge] = (await trace("good")).childrenSpans;
    const { runTraceSpanOutputByID } = await data("query($id: String!) { runTraceSpanOutputByID(outputID: $id) { input data } }", {
      id: charge.outputID,
    });
    expect(runTraceSpanOutputByID).toEqual({ input: '["A-1",42]', data: '{"charged":42}' });
    const step = async (id: string) => shop.server.get(`/api/v1/runs/${runIds["good"]}/steps/${id}`);
    expect(await step(charge.stepID)).toEqual(await step("charge"));
    expect((await step("charge")).body.data).toMatchObject({
      name: "charge",
      kind: "step.run",
      status: "completed",
      input: { encoding: "json", bytes: 10, value: ["A-1", 42] },
      output: { value: { charged: 42 } },
      error: null,
    });
    expect(await step("nope")).toMatchObject({ status: 404, body: { code: "not_found", detail: expect.stringContaining('"nope"') } });
    const failed = (await shop.server.get(`/api/v1/runs/${runIds["lost"]}/steps/charge`)).body.data;
    expect(failed).toMatchObject({ status: "failed", input: null, output: null, error: { message: "no funds" } });
  });

  test("an output that nobody gave out is refused by its id, and what is asked besides is answered", async () => {
    const { status, body } = await gql('{ runTraceSpanOutputByID(outputID: "bm9wZQ") { data } functions { name } }');
    expect([status, body.data.runTraceSpanOutputByID, body.data.functions.length]).toEqual([200, null, 7]);
    expect(body.errors).toMatchObject([{ message: expect.stringContaining("outputID"), path: ["runTraceSpanOutputByID"] }]);
  });
});
