// A server whose runs are in every state that a query can meet.

import { asJson, hashStepId, type Op, type Reply } from "@stepwell/protocol";
import { expect, vi } from "vitest";
import { type Answer, type SmallServer, smallServer } from "./small-server.ts";

const base = (name: string) => ({ id: hashStepId(name), name, race: false });
const ops = (...list: readonly Op[]): Reply => ({ kind: "ops", ops: list, version: 2, noRetry: false, sdk: "js:v4" });
const result = (data: unknown): Reply => ({ kind: "result", data: asJson(data), sdk: "js:v4" });
const boom = {
  name: "CardError",
  message: "no funds",
  stack: "at charge",
  json: asJson({ name: "CardError", message: "no funds", stack: "at charge", data: null }),
};

export interface GraphqlShop {
  readonly server: SmallServer;
  /** By the name of the function that the event started. */
  readonly eventIds: Readonly<Record<string, string>>;
  readonly runIds: Readonly<Record<string, string>>;
  gql(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** Of a query that is answered without an error. */
  data(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer["body"]>;
}

/**
 * `good` runs a step and ends, `bad` fails, `flaky` fails once in its step, `lost` for good, `parent` invokes `good`, `waits`
 * waits for an event, and `sleeps` does.
 */
export async function graphqlShop(): Promise<GraphqlShop> {
  const eventIds: Record<string, string> = {};
  const runIds: Record<string, string> = {};
  const server = await smallServer({
    functions: ["good", "bad", "flaky", "lost", "parent", "waits", "sleeps"],
    answer({ target, memos, attempt }) {
      const has = (name: string): boolean => memos.has(hashStepId(name));
      switch (target.slug.slice("shop-".length)) {
        case "good":
          return has("charge")
            ? result({ ok: true })
            : ops({ kind: "StepRun", ...base("charge"), data: asJson({ charged: 42 }), input: asJson(["A-1", 42]) });
        case "bad":
          return {
            kind: "error",
            code: "function_error",
            error: { name: "CardError", message: "no funds", stack: "at x" },
            noRetry: false,
            status: 500,
          };
        case "flaky":
          if (has("charge")) return result("paid");
          return ops(
            attempt === 0
              ? { kind: "StepError", ...base("charge"), error: boom }
              : { kind: "StepRun", ...base("charge"), data: asJson(7), stepType: "step.ai.wrap" },
          );
        case "lost":
          if (!has("charge")) return ops({ kind: "StepError", ...base("charge"), error: boom });
          return { kind: "error", code: "function_error", error: { name: "CardError", message: "no funds" }, noRetry: true, status: 400 };
        case "parent":
          if (has("child")) return result(memos.get(hashStepId("child")));
          return ops({
            kind: "InvokeFunction",
            ...base("child"),
            functionName: "shop-good",
            payload: { data: {} },
            timeout: "1h",
            propagateCancel: false,
          });
        case "waits":
          return has("paid") ? result("done") : ops({ kind: "WaitForEvent", ...base("paid"), event: "shop/paid", timeout: "1h" } as Op);
        default:
          return ops({ kind: "Sleep", ...base("nap"), target: "1h" });
      }
    },
  });
  for (const name of ["good", "bad", "flaky", "lost", "parent", "waits", "sleeps"]) {
    const sent = await server.post("/e/key", {
      name: `shop/${name}`,
      data: { name },
      ...(name === "good" ? { id: "order-1", user: { id: 7 } } : {}),
    });
    eventIds[name] = sent.body.ids[0];
  }
  await vi.waitFor(
    async () => {
      const { data } = (await server.get("/api/v1/runs")).body;
      expect(data.map((run: { status: string }) => run.status).sort()).toEqual([
        ...["completed", "completed", "completed", "completed", "failed", "failed", "waiting", "waiting"],
      ]);
    },
    { timeout: 10_000 },
  );
  for (const run of (await server.get("/api/v1/runs")).body.data) runIds[run.trigger.name.replace("shop/", "")] ??= run.id;
  const gql = (query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Answer> =>
    server.post("/v0/gql", { query, variables });
  return {
    server,
    eventIds,
    runIds,
    gql,
    async data(query, variables) {
      const { status, body } = await gql(query, variables);
      expect([status, body.errors]).toEqual([200, undefined]);
      return body.data;
    },
  };
}
