// Real traffic: everything that SDKs sent is read, and everything that a server sends is written again and compared.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type CallContent,
  callHeaders,
  callUrl,
  encodeCallBody,
  encodeQueueItemToken,
  epochMs,
  type JsonText,
  parseCheckpoint,
  parseEventBody,
  parseRegisterRequest,
  readReply,
  type StepId,
  verifySignature,
} from "./index.ts";

interface Message {
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: recorded JSON is compared, not used.
  readonly body: any;
  readonly raw?: string;
}
interface Exchange {
  readonly n: number;
  readonly from: string;
  readonly to: string;
  readonly method: string;
  readonly path: string;
  readonly injected?: boolean;
  readonly request: Message;
  readonly response: Message & { readonly status: number };
}
interface Recording {
  readonly scenario: string;
  readonly keys?: Readonly<Record<string, string>>;
  readonly exchanges: readonly Exchange[];
}

const folder = new URL("../recordings/", import.meta.url);
const recordings = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ name, ...(JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Recording) }));
const exchanges = recordings.flatMap((recording) =>
  recording.exchanges.map((exchange) => ({ recording, exchange, name: `${recording.name} ${exchange.n}` })),
);

const calls = exchanges.filter(
  ({ exchange }) =>
    exchange.from === "server" && exchange.to === "app" && exchange.method === "POST" && exchange.request.body?.ctx !== undefined,
);
const now = epochMs(1_795_267_500_000);

const textOf = (body: unknown): string => (typeof body === "string" ? body : body === null ? "" : JSON.stringify(body));

describe("calls and replies", () => {
  test("there are as many recorded calls as were copied", () => {
    expect(calls.length).toBeGreaterThan(350);
  });

  test("every reply of an SDK is read: ops, a result, or an error of the function", () => {
    const kinds = new Map<string, number>();
    for (const { exchange, name } of calls) {
      const { response } = exchange;
      const reply = readReply({ status: response.status, headers: response.headers, body: response.raw ?? textOf(response.body) }, now);
      kinds.set(reply.kind, (kinds.get(reply.kind) ?? 0) + 1);
      const expected =
        response.status === 206 || response.status === 201 ? ["ops", "result"] : response.status === 200 ? ["result"] : ["error"];
      expect(expected, name).toContain(reply.kind);
      if (reply.kind === "error") expect(reply.error.message, name).not.toBe("");
      if (reply.kind === "ops" && Array.isArray(response.body))
        expect(
          reply.ops.map(({ id }) => id),
          name,
        ).toEqual(response.body.map(({ id }: { id?: string }) => id ?? ""));
    }
    expect([...kinds.keys()].sort()).toEqual(["error", "ops", "result"]);
  });

  test("every call is written again as it was, but for what tells one server from another", () => {
    for (const { exchange, name } of calls) {
      const { body } = exchange.request;
      if (body.use_api === true) continue; // Written without its state; see below.
      const memos = body.ctx.stack.stack.map((id: string) => [id, JSON.stringify(body.steps[id])] as const);
      if (memos.some(([, memo]: readonly [string, string | undefined]) => memo === undefined)) continue; // Cut by the recorder.
      const again = JSON.parse(encodeCallBody(contentOf(body, new Map(memos)), { canonical: true }));
      expect(comparable(again), name).toEqual(comparable(body));
    }
  });

  test("a call that is too large for one body says so and carries no state", () => {
    const large = calls.filter(({ exchange }) => exchange.request.body.use_api === true);
    expect(large.length).toBeGreaterThan(2);
    for (const { exchange } of large) expect(exchange.request.body).toMatchObject({ steps: {}, ctx: { use_api: true } });
    const written = JSON.parse(
      encodeCallBody(
        { ...contentOf(large[0]?.exchange.request.body, new Map([["a" as StepId, "1" as JsonText]])), useApi: true },
        { canonical: false },
      ),
    );
    expect(written).toMatchObject({ steps: {}, events: [], use_api: true, ctx: { use_api: true, stack: { stack: ["a"] } } });
  });

  test("headers and addresses of calls are those that were recorded", () => {
    for (const { exchange, name } of calls) {
      const { body, headers } = exchange.request;
      const target = headers["x-inngest-step-id"] ?? "step";
      const written = callHeaders({ ...contentOf(body, new Map()), ...(target === "step" ? {} : { stepId: target as StepId }) });
      for (const header of ["x-inngest-req-version", "x-inngest-step-id", "x-run-id", "x-request-id", "content-type", "user-agent"])
        expect(written[header], `${name} ${header}`).toBe(headers[header]);
      const recorded = new URL(exchange.path, "http://app:3000");
      const url = new URL(
        callUrl(
          `http://app:3000${recorded.pathname}?fnId=${recorded.searchParams.get("fnId")}`,
          "slug",
          target === "step" ? undefined : (target as StepId),
        ),
      );
      expect([url.searchParams.get("fnId"), url.searchParams.get("stepId")], name).toEqual([
        recorded.searchParams.get("fnId"),
        recorded.searchParams.get("stepId"),
      ]);
    }
  });

  test("the signatures of signed calls hold over the bytes that were sent", async () => {
    const signed = calls.filter(
      ({ exchange }) => exchange.request.raw !== undefined && exchange.request.headers["x-inngest-signature"] !== undefined,
    );
    expect(signed.length).toBeGreaterThan(5);
    for (const { recording, exchange, name } of signed) {
      const header = exchange.request.headers["x-inngest-signature"];
      const keys = Object.values(recording.keys ?? {});
      const nowMs = Number(/t=(\d+)/.exec(header ?? "")?.[1]) * 1_000;
      expect(await verifySignature({ header, body: exchange.request.raw ?? "", keys, nowMs, isCanonical: true }), name).toBe("valid");
      expect(
        await verifySignature({ header, body: `${exchange.request.raw} `.replace("{", '{"x":1,'), keys, nowMs, isCanonical: true }),
        name,
      ).toBe("wrong");
      expect(
        await verifySignature({ header, body: exchange.request.raw ?? "", keys, nowMs: nowMs + 301_000, isCanonical: true }),
        name,
      ).toBe("too_old");
    }
  });
});

describe("what SDKs send", () => {
  test("every registration of an SDK is taken, with all its functions", () => {
    const registrations = exchanges.filter(({ exchange }) => exchange.from === "app" && exchange.path.startsWith("/fn/register"));
    expect(registrations.length).toBeGreaterThan(15);
    for (const { exchange, name } of registrations) {
      const parsed = parseRegisterRequest(JSON.stringify(exchange.request.body));
      expect(parsed, name).toMatchObject({ kind: "register" });
      if (parsed.kind === "register") expect(parsed.request.functions.length, name).toBe(exchange.request.body.functions.length);
    }
  });

  test("every checkpoint is read, once it carries our token", () => {
    const checkpoints = exchanges.filter(({ exchange }) => exchange.from === "app" && exchange.path.startsWith("/v1/checkpoint/"));
    expect(checkpoints.length).toBeGreaterThan(60);
    for (const { exchange, name } of checkpoints) {
      const runId = exchange.path.split("/")[3] ?? "";
      const body = { ...exchange.request.body, qi_id: encodeQueueItemToken({ itemId: runId as never, generation: 3 }) };
      const parsed = parseCheckpoint(JSON.stringify(body), runId);
      expect(parsed, name).toMatchObject({ kind: "checkpoint", generation: 3 });
      if (parsed.kind === "checkpoint")
        expect(
          parsed.ops.map(({ id }) => id),
          name,
        ).toEqual(body.steps.map(({ id }: { id: string }) => id));
      // The reference's own token is not ours: such a checkpoint cannot be fenced.
      expect(parseCheckpoint(JSON.stringify(exchange.request.body), runId), name).toMatchObject({ kind: "refused", status: 400 });
    }
  });

  test("every event of an SDK is taken", () => {
    const sends = exchanges.filter(({ exchange }) => exchange.from === "app" && exchange.path.startsWith("/e/"));
    expect(sends.length).toBeGreaterThan(8);
    for (const { exchange, name } of sends) {
      const parsed = parseEventBody(JSON.stringify(exchange.request.body));
      // One scenario sends a reserved name on purpose.
      if (exchange.response.status === 200) expect(parsed.kind, name).toBe("events");
      else expect(parsed, name).toMatchObject({ kind: "refused", code: "event_name_reserved" });
    }
  });
});

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON.
function contentOf(body: any, memos: ReadonlyMap<StepId, JsonText>): CallContent {
  const events = body.events.length > 0 ? body.events : [body.event];
  return {
    events: events.map((event: unknown) => JSON.stringify(event) as JsonText),
    memos,
    attempt: body.ctx.attempt,
    maxAttempts: body.ctx.max_attempts,
    plan: body.ctx.disable_immediate_execution,
    functionUuid: body.ctx.fn_id,
    runId: body.ctx.run_id,
    itemId: body.ctx.run_id,
    generation: 1,
    requestId: body.ctx.request_id,
    version: body.version,
    useApi: false,
  };
}

/**
 * Without ids that are each server's own (`job_id`, `qi_id`), without `generation_id`, which ours leaves out of the body,
 * without the unused `stack.current`, and without the order of the stack, which the reference leaves open for parallel steps.
 */
// biome-ignore lint/suspicious/noExplicitAny: recorded JSON.
function comparable(body: any): unknown {
  const { job_id: _, qi_id: __, generation_id: ___, stack, ...ctx } = body.ctx;
  return { ...body, ctx: { ...ctx, stack: [...stack.stack].sort() } };
}
