// Real traffic: everything that SDKs sent is read, and everything that a server sends is written again and compared.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type CallContent,
  callHeaders,
  callUrl,
  canonicalJson,
  type EpochMs,
  encodeCallBody,
  encodeQueueItemToken,
  epochMs,
  type JsonText,
  type Op,
  parseCheckpoint,
  parseEventBody,
  parseRegisterRequest,
  type Reply,
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

describe("calls and replies", () => {
  test("there are as many recorded calls as were copied", () => {
    expect(calls.length).toBeGreaterThan(350);
  });

  test("every reply of an SDK is read: ops, a result, or an error of the function, with all that it says", () => {
    const kinds = new Map<string, number>();
    for (const { exchange, name } of calls) {
      const { response } = exchange;
      const now = beforeRetry(response.headers["retry-after"]);
      const reply = readReply(
        { status: response.status, headers: response.headers, body: response.raw ?? JSON.stringify(response.body) },
        now,
      );
      kinds.set(reply.kind, (kinds.get(reply.kind) ?? 0) + 1);
      expect(legible(reply), name).toEqual(replyIn(response, now));
    }
    expect([...kinds.keys()].sort()).toEqual(["error", "ops", "result"]);
  });

  test("the recorded replies have each kind of op that SDKs of today send", () => {
    const kinds = calls.flatMap(({ exchange: { response } }) => (response.status === 206 ? response.body : [])).map(({ op }) => op);
    expect([...new Set(kinds)].sort()).toEqual(Object.keys(fieldsOf).sort());
  });

  test("every call is written again as the same bytes, but for what tells one server from another", () => {
    for (const { exchange, name } of calls) {
      const { body, raw } = exchange.request;
      const memos = body.ctx.stack.stack.map(
        (id: string) => [id, body.use_api ? "null" : JSON.stringify(reversed(body.steps[id]))] as const,
      );
      // Written from payloads whose keys stand in another order, so that the order comes from the writer.
      const again = encodeCallBody({ ...contentOf(reversed(body), new Map(memos)), useApi: body.use_api }, { canonical: true });
      expect(ofNoServer(again), name).toBe(ofNoServer(raw ?? JSON.stringify(body)));
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

  test("arguments of a step that is to be run stand among the results, and not in the stack", () => {
    const memos = new Map([["b" as StepId, "1" as JsonText]]);
    const content = contentOf(calls[0]?.exchange.request.body, memos);
    const stepInput = { stepId: "a" as StepId, input: '[{"n":1}]' as JsonText };
    const written = (more: object) => JSON.parse(encodeCallBody({ ...content, stepInput, ...more }, { canonical: true }));
    expect(written({})).toMatchObject({ steps: { a: { input: [{ n: 1 }] }, b: 1 }, ctx: { stack: { stack: ["b"], current: 1 } } });
    expect(written({ memos: new Map() }).steps).toEqual({ a: { input: [{ n: 1 }] } });
    expect(written({ useApi: true }).steps).toEqual({});
  });

  test("that a run repeats another is said in its place, and of no other run", () => {
    const content = contentOf(calls[0]?.exchange.request.body, new Map());
    const written = (more: object) => encodeCallBody({ ...content, ...more }, { canonical: true });
    expect(JSON.parse(written({ isRerun: true })).ctx.rerun).toBe(true);
    expect(written({ isRerun: true })).toBe(canonicalJson(JSON.parse(written({ isRerun: true }))));
    expect(JSON.parse(written({})).ctx).not.toHaveProperty("rerun");
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
 * Without what is each server's own: ids of queue items (`job_id`, `qi_id`), `generation_id`, which ours leaves out of the
 * body, and the unused `stack.current`. Where the state is fetched (`use_api`), ours leaves `events` to be fetched as well.
 */
function ofNoServer(text: string): string {
  return text
    .replace(/"generation_id":\d+,/, "")
    .replace(/"job_id":"[^"]*"/, '"job_id":""')
    .replace(/"qi_id":"[^"]*"/, '"qi_id":""')
    .replace(/"stack":\{"current":\d+,/, '"stack":{"current":0,')
    .replace(/"events":\[.*\],"steps":\{\},"use_api":true/, '"events":[],"steps":{},"use_api":true');
}

/** The same value with the keys of each object in reverse. */
function reversed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

/** A time at which what `Retry-After` asks for is ahead and within the limits. */
function beforeRetry(retryAfter: string | undefined): EpochMs {
  const at = Date.parse(retryAfter ?? "");
  return epochMs(Number.isNaN(at) || retryAfter?.length === 1 ? 1_795_267_500_000 : at - 5_000);
}

/** What a recorded reply says, put together by hand from its JSON. */
function replyIn(response: Exchange["response"], now: EpochMs): unknown {
  if (response.status === 201) {
    const { status, headers, body } = response.body;
    const inner = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
    return replyIn({ status, headers: { ...response.headers, ...inner }, body: typeof body === "string" ? JSON.parse(body) : body }, now);
  }
  const { status, headers, body } = response;
  const noRetry = headers["x-inngest-no-retry"] === "true";
  const retryAfter = headers["retry-after"];
  const retryAt = retryAfter === undefined ? {} : { retryAt: retryAfter === "2" ? now + 2_000 : Date.parse(retryAfter) };
  const sdk = headers["x-inngest-sdk"];
  if (status === 200) return { kind: "result", data: body, sdk };
  if (status === 206)
    return { kind: "ops", ops: body.map(opIn), version: Number(headers["x-inngest-req-version"] ?? "1"), noRetry, sdk, ...retryAt };
  const error = {
    name: body.name ?? "Error",
    message: body.message,
    error: noRetry ? "NonRetriableError" : `invalid status code: ${status}`,
    ...given({ stack: body.stack || undefined, cause: body.cause }),
  };
  return { kind: "error", code: "function_error", error, noRetry, status, ...retryAt };
}

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON.
function opIn(op: any): unknown {
  const times = op.timing?.a > 0 ? { startedAt: Math.floor(op.timing.a / 1e6), durationMs: op.timing.b / 1e6 } : {};
  const shown = { name: op.displayName ?? op.name ?? op.id, race: op.opts?.parallelMode === "race", ...given({ stepType: op.opts?.type }) };
  return { kind: op.op, id: op.id, ...shown, ...times, ...fieldsOf[op.op]?.(op) };
}

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON.
const errorIn = ({ error }: any): object => ({
  error: { name: error.name, message: error.message, ...given({ stack: error.stack }), json: { data: null, ...error } },
});

/** What each kind of op says besides its id and name. */
// biome-ignore lint/suspicious/noExplicitAny: recorded JSON.
const fieldsOf: Readonly<Record<string, (op: any) => object>> = {
  StepRun: ({ data }) => ({ data }),
  RunComplete: ({ data }) => ({ data }),
  StepError: errorIn,
  StepFailed: errorIn,
  StepPlanned: () => ({}),
  Sleep: ({ name, opts }) => ({ target: opts?.duration ?? name }),
  WaitForEvent: ({ name, opts }) => ({ event: opts.event ?? name, timeout: opts.timeout, ...given({ expression: opts.if }) }),
  WaitForSignal: ({ opts }) => ({ signal: opts.signal, timeout: opts.timeout, conflict: opts.conflict ?? "fail" }),
  InvokeFunction: ({ opts }) => ({
    functionName: opts.function_id,
    payload: { data: {}, ...given(opts.payload) },
    timeout: opts.timeout ?? "",
    propagateCancel: false,
  }),
  Gateway: ({ opts }) => ({ opts }),
  AIGateway: ({ opts }) => ({ opts }),
};

/** Without members that are absent or null. */
function given(members: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined && member !== null));
}

/** The reply with each JSON text in it as the value that it stands for. */
function legible(reply: Reply): unknown {
  if (reply.kind === "result") return { ...reply, data: JSON.parse(reply.data) };
  if (reply.kind === "ops") return { ...reply, ops: reply.ops.map(legibleOp) };
  const { cause } = reply.error;
  return { ...reply, error: { ...reply.error, ...(cause === undefined ? {} : { cause: JSON.parse(cause) }) } };
}

function legibleOp(op: Op): unknown {
  if ("data" in op) return { ...op, data: JSON.parse(op.data) };
  return "error" in op ? { ...op, error: { ...op.error, json: JSON.parse(op.error.json) } } : op;
}
