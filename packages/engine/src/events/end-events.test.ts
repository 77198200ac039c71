import {
  asJson,
  type EventId,
  epochMs,
  type FunctionConfig,
  type FunctionUuid,
  isUlid,
  type JsonText,
  type RunId,
} from "@stepwell/protocol";
import type { AppId, AppRecord, EnvironmentId, EventRecord, FunctionId, FunctionRecord } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../testing/index.ts";
import { Registry } from "../apps/registry.ts";
import { endEvent, endNamesOf, type RunEndFacts, startByEnd, tellsItsEnd } from "./end-events.ts";

const runId = "01J00000000000000000000001" as RunId;
const environmentId = 1 as EnvironmentId;
const now = epochMs(1_700_000_000_000);

function event(name: string, data: unknown = { n: 1 }, more: Partial<EventRecord> = {}): EventRecord {
  return { id: "01J00000000000000000000002" as EventId, environmentId, name, ts: now, receivedAt: now, data: asJson(data), ...more };
}

function facts(more: Partial<RunEndFacts> = {}): RunEndFacts {
  const events = [event("shop/paid")];
  return { runId, slug: "shop-charge", environmentId, status: "completed", endedAt: now, events, output: asJson({ ok: 1 }), ...more };
}

const error = asJson({ name: "Error", message: "boom", error: "invalid status code: 500", stack: "s" });
const dataOf = (name: string, end: RunEndFacts): unknown => JSON.parse(endEvent(name, end).data);
const map = { data: { n: 1 }, id: "01J00000000000000000000002", name: "shop/paid", ts: now, user: {} };

describe("the events of an end", () => {
  test("a run that completed is told with its result", () => {
    expect(endNamesOf("completed")).toEqual(["inngest/function.finished"]);
    expect(dataOf("inngest/function.finished", facts())).toEqual({
      _inngest: { status: "Completed" },
      event: map,
      events: [map],
      function_id: "shop-charge",
      result: { ok: 1 },
      run_id: runId,
    });
  });

  test("the code of an error is not the app's to see", () => {
    const coded = asJson({ code: "function_error", ...(JSON.parse(error) as object) });
    const said = dataOf("inngest/function.failed", facts({ status: "failed", output: undefined, error: coded }));
    expect(said).toEqual(dataOf("inngest/function.failed", facts({ status: "failed", output: undefined, error })));
  });

  test("one that failed has its error, and what it answered, under both names", () => {
    expect(endNamesOf("failed")).toEqual(["inngest/function.finished", "inngest/function.failed"]);
    expect(dataOf("inngest/function.failed", facts({ status: "failed", output: undefined, error }))).toMatchObject({
      _inngest: { status: "Failed" },
      error: { name: "Error", message: "boom", error: "invalid status code: 500" },
      result: { name: "Error", message: "boom", __serialized: true },
    });
  });

  test("one that was cancelled has neither", () => {
    expect(endNamesOf("cancelled")).toEqual(["inngest/function.finished", "inngest/function.cancelled"]);
    const data = dataOf("inngest/function.cancelled", facts({ status: "cancelled", output: undefined }));
    expect(data).toMatchObject({ _inngest: { status: "Cancelled" } });
    expect(data).not.toHaveProperty("error");
    expect(data).not.toHaveProperty("result");
  });

  test("failed and cancelled have the run's id, finished one that is the same at every reading", () => {
    expect(endEvent("inngest/function.failed", facts()).id).toBe(runId);
    const { id } = endEvent("inngest/function.finished", facts());
    expect([isUlid(id), id === endEvent("inngest/function.finished", facts()).id, String(id) === String(runId)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("an invoked run says which step waits for it, and what of its event was copied", () => {
    const invoked = event(
      "inngest/function.invoked",
      { _inngest: { correlation_id: "r.s" } },
      { meta: '{"sessions":{"a":"b"}}' as JsonText },
    );
    const told = endEvent("inngest/function.finished", facts({ events: [invoked] }));
    expect(JSON.parse(told.data)).toMatchObject({ correlation_id: "r.s" });
    expect(told.meta).toBe('{"sessions":{"a":"b"}}');
  });
});

describe("who is told", () => {
  test("a function that an end started tells nothing of its own, unless it handles failures or was invoked", () => {
    const listening = facts({ events: [event("inngest/function.finished")] });
    expect(tellsItsEnd(facts(), false)).toBe(true);
    expect(tellsItsEnd(listening, false)).toBe(false);
    expect(tellsItsEnd(listening, true)).toBe(true);
    expect(tellsItsEnd({ ...listening, origin: "invoke" }, false)).toBe(true);
    expect(tellsItsEnd(facts({ status: "skipped" }), false)).toBe(false);
  });

  const app: AppRecord = {
    id: 1 as AppId,
    environmentId,
    name: "shop",
    uuid: "u",
    url: "http://localhost:1/",
    sdk: "js:v4",
    checksum: "",
    syncedAt: now,
  };
  function functionOf(id: number, slug: string, triggers: FunctionConfig["triggers"]): FunctionRecord {
    const config: FunctionConfig = { slug, name: slug, triggers, url: "http://localhost:1/", retries: 4, options: {} };
    return { id: id as FunctionId, appId: app.id, environmentId, uuid: `${id}` as FunctionUuid, slug, name: slug, config, version: 1 };
  }
  function context(...functions: readonly FunctionRecord[]) {
    const registry = new Registry();
    registry.setFunctions(app, functions);
    return { registry, random: new SeededRandom(1), now, room: 1 };
  }
  const handlerOf = (id: number, slug: string) =>
    functionOf(id, `${slug}-failure`, [
      { kind: "event", event: "inngest/function.failed", expression: `event.data.function_id == '${slug}'` },
    ]);

  test("nothing is written where nobody listens, or nobody's condition holds", () => {
    expect(startByEnd(facts(), false, context(functionOf(1, "shop-a", [{ kind: "event", event: "shop/x" }]))).events).toEqual([]);
    const failed = facts({ status: "failed", output: undefined, error });
    expect(startByEnd(failed, false, context(handlerOf(1, "shop-other"))).events).toEqual([]);
  });

  test("each event that starts somebody is written with what it starts", () => {
    const failed = facts({ status: "failed", output: undefined, error });
    const listener = functionOf(2, "shop-listens", [{ kind: "event", event: "inngest/*" }]);
    const started = startByEnd(failed, false, context(handlerOf(1, "shop-charge"), listener));
    expect(
      started.events.map(({ event: { name }, starts }) => [name, starts.map(({ functionId, wantsLease }) => [functionId, wantsLease])]),
    ).toEqual([
      ["inngest/function.finished", [[2, true]]],
      [
        "inngest/function.failed",
        [
          [1, true],
          [2, false],
        ],
      ],
    ]);
    expect(started.entries.map((entries) => entries.map(({ record }) => record.slug))).toEqual([
      ["shop-listens"],
      ["shop-charge-failure", "shop-listens"],
    ]);
  });

  test("the failure of a failure handler starts no failure handler", () => {
    const failed = facts({ slug: "shop-charge-failure", status: "failed", output: undefined, error });
    const both = context(
      handlerOf(1, "shop-charge-failure"),
      functionOf(2, "shop-watch", [{ kind: "event", event: "inngest/function.failed" }]),
    );
    expect(
      startByEnd(failed, true, both)
        .entries.flat()
        .map(({ record }) => record.slug),
    ).toEqual(["shop-watch"]);
  });
});
