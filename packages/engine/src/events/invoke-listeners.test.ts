import { asJson, type EventId, epochMs, type FunctionConfig, type FunctionUuid, isUlid } from "@stepwell/protocol";
import type { AppId, AppRecord, EnvironmentId, EventRecord, FunctionId, FunctionRecord } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../testing/index.ts";
import { Registry } from "../apps/registry.ts";
import { type InvokeListeners, invokeListeners } from "./invoke-listeners.ts";

const now = epochMs(1_700_000_000_000);
const environmentId = 1 as EnvironmentId;
const invoked = "inngest/function.invoked";
const app = {
  id: 1 as AppId,
  environmentId,
  name: "shop",
  uuid: "u",
  url: "http://localhost:1/",
  sdk: "js:v4",
  checksum: "",
  syncedAt: now,
};

function functionOf(id: number, trigger: { readonly event: string; readonly expression?: string }): FunctionRecord {
  const slug = `shop-${id}`;
  const triggers: FunctionConfig["triggers"] = [{ kind: "event", ...trigger }];
  const config: FunctionConfig = { slug, name: slug, triggers, url: app.url, retries: 4, options: {} };
  return { id: id as FunctionId, appId: app.id, environmentId, uuid: `${id}` as FunctionUuid, slug, name: slug, config, version: 1 };
}

/** Who listens when the first of these functions is invoked. */
function listenersOf(functions: readonly FunctionRecord[], data: unknown = { n: 1 }): InvokeListeners {
  const registry = new Registry();
  registry.setFunctions(app satisfies AppRecord, functions);
  const target = registry.entry(1 as FunctionId);
  if (target === undefined) throw new Error("the first function is the invoked one");
  const id = "01J00000000000000000000002" as EventId;
  const event: EventRecord = { id, environmentId, name: invoked, ts: now, receivedAt: now, data: asJson(data) };
  return invokeListeners(event, target, { registry, random: new SeededRandom(1), now });
}

describe("who listens to invokes", () => {
  test("is nobody, where nobody has such a trigger", () => {
    expect(listenersOf([functionOf(1, { event: "shop/a" }), functionOf(2, { event: "shop/b" })])).toEqual({ outcomes: [] });
  });

  test("is every function with a trigger on the event, by its name or by a wildcard, each with a run of its own", () => {
    const { rest = [], outcomes } = listenersOf([
      functionOf(1, { event: "shop/a" }),
      functionOf(2, { event: invoked }),
      functionOf(3, { event: "inngest/*" }),
    ]);
    expect(rest).toMatchObject([
      { functionId: 2, dueAt: now },
      { functionId: 3, dueAt: now },
    ]);
    expect(new Set(rest.map(({ runId }) => runId)).size).toBe(2);
    expect(rest.every(({ runId }) => isUlid(runId))).toBe(true);
    expect(outcomes).toEqual([]);
  });

  test("is not the invoked function: it runs once, whatever its triggers are", () => {
    expect(listenersOf([functionOf(1, { event: invoked })])).toEqual({ outcomes: [] });
    expect(listenersOf([functionOf(1, { event: invoked }), functionOf(2, { event: invoked })]).rest).toMatchObject([{ functionId: 2 }]);
    expect(listenersOf([functionOf(1, { event: invoked, expression: "event.data.n.m > 1" })])).toEqual({ outcomes: [] });
  });

  test("depends on conditions over the event, and one that cannot be computed is told", () => {
    const functions = [
      functionOf(1, { event: "shop/a" }),
      functionOf(2, { event: invoked, expression: "event.data.n == 1" }),
      functionOf(3, { event: invoked, expression: "event.data.n == 2" }),
      functionOf(4, { event: invoked, expression: "event.data.n > 0 && event.data.text > 1" }),
    ];
    const { rest, outcomes } = listenersOf(functions, { n: 1, text: "x" });
    expect(rest).toMatchObject([{ functionId: 2 }]);
    expect(outcomes).toMatchObject([{ functionId: 4, kind: "expression_error" }]);
  });
});
