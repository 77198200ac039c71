// Every limit that a reader of this package keeps: a value at it is taken, one past it is refused with the code that says so.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  encodeQueueItemToken,
  epochMs,
  limits,
  parseCheckpoint,
  parseEventBody,
  parseFunctionConfig,
  parseLogEntries,
  parseOps,
  parseRegisterRequest,
  parseRetryAfter,
  readMetadata,
  runErrorJson,
} from "./index.ts";

type LimitName = keyof typeof limits;

/** A reader that is given a value of that size: `taken`, or the code of the refusal. */
type Read = (size: number) => string;

const taken = "taken";
const runId = "01J00000000000000000000000";
const steps = { step: { runtime: { url: "http://localhost:1/" } } };
const text = (length: number): string => "x".repeat(length);
const list = <Item>(length: number, item: (index: number) => Item): readonly Item[] => Array.from({ length }, (_, index) => item(index));
const keyed = (length: number): Record<string, string> => Object.fromEntries(list(length, (index) => [`k${index}`, "v"]));

function readEvents(body: unknown): string {
  const parsed = parseEventBody(JSON.stringify(body));
  return parsed.kind === "refused" ? parsed.code : taken;
}

function readEvent(event: object): string {
  return readEvents({ name: "a/b", ...event });
}

/** A registration is refused as a whole; what counts is the code of the only problem. */
function readFunctions(functions: readonly object[]): string {
  const body = { appName: "app", url: "http://localhost:1/", functions: functions.map((each) => ({ id: "app-f", steps, ...each })) };
  const parsed = parseRegisterRequest(JSON.stringify(body));
  if (parsed.kind === "register") return taken;
  return parsed.problems.length === 0 ? parsed.code : parsed.problems.map(({ code }) => code).join(" ");
}

function readOption(options: object): string {
  return readFunctions([options]);
}

function readOp(op: object): string {
  const parsed = parseOps([{ id: "s", ...op }]);
  return parsed.kind === "invalid" ? parsed.code : taken;
}

function readCheckpoint(step: object): string {
  const token = encodeQueueItemToken({ itemId: runId as never, generation: 1 });
  const parsed = parseCheckpoint(JSON.stringify({ qi_id: token, steps: [{ id: "s", ...step }] }), runId);
  return parsed.kind === "refused" ? `${parsed.status} ${parsed.code}` : taken;
}

function readNotes(notes: readonly object[]): string {
  const read = readMetadata(notes.map((note) => ({ kind: "k", op: "set", values: {}, ...note })));
  return typeof read === "string" ? "refused" : taken;
}

function readLogs(lines: readonly object[]): string {
  const body = { lines: lines.map((line) => ({ at: 1, level: "info", text: "t", ...line })) };
  const parsed = parseLogEntries(body, JSON.stringify(body).length);
  return parsed.kind === "invalid" ? parsed.code : taken;
}

/** Text whose UTF-8 has that many bytes but whose length is a third of it, so that only counting bytes tells. */
const wide = (bytes: number): string => "€".repeat(Math.floor(bytes / 3)) + text(bytes % 3);
/** The object with a `fill` that gives its JSON that many bytes. */
const filled = (bytes: number, object: object, fill: (bytes: number) => string): object => {
  const rest = JSON.stringify({ ...object, fill: "" }).length;
  return { ...object, fill: fill(bytes - rest) };
};
const throttle = { limit: 1, period: "1m" };
const batch = { maxSize: 2, timeout: "1s" };
const readBreaker = (more: object): string => readOption({ circuitBreaker: { failures: 1, ...more } });

const rows: readonly (readonly [limit: LimitName, what: string, read: Read, code: string])[] = [
  ["eventsPerRequestMax", "events of a request", (n) => readEvents(list(n, () => ({ name: "a" }))), "too_many_events"],
  ["eventNameLengthMax", "an event's name", (n) => readEvent({ name: text(n) }), "event_name_invalid"],
  ["eventIdLengthMax", "an event's id", (n) => readEvent({ id: text(n) }), "invalid_event"],
  ["eventTsMin", "an event's time", (n) => readEvent({ ts: n }), "invalid_event"],
  ["eventTsMax", "an event's time", (n) => readEvent({ ts: n }), "invalid_event"],
  ["eventBytesMax", "an event, in plain text", (n) => readEvents(filled(n, { name: "a" }, text)), "event_too_large"],
  ["eventBytesMax", "an event, in wide text", (n) => readEvents(filled(n, { name: "a" }, wide)), "event_too_large"],
  ["sessionsPerEventMax", "sessions", (n) => readEvent({ meta: { sessions: keyed(n) } }), "invalid_event"],
  ["sessionsPerEventMax", "sessions passed on", (n) => readEvent({ meta: { propagated_sessions: keyed(n) } }), "invalid_event"],
  ["sessionKeyBytesMax", "a session's key", (n) => readEvent({ meta: { sessions: { [wide(n)]: "v" } } }), "invalid_event"],
  ["sessionValueBytesMax", "a session's value", (n) => readEvent({ meta: { sessions: { k: wide(n) } } }), "invalid_event"],

  ["functionsPerAppMax", "functions of an app", (n) => readFunctions(list(n, (index) => ({ id: `f${index}` }))), "config_invalid"],
  ["functionIdLengthMax", "a function's id", (n) => readOption({ id: text(n) }), "function_id_invalid"],
  [
    "triggersPerFunctionMax",
    "triggers",
    (n) => readOption({ triggers: list(n, (index) => ({ event: `e${index}` })) }),
    "triggers_too_many",
  ],
  ["eventNameLengthMax", "a trigger's event", (n) => readOption({ triggers: [{ event: text(n) }] }), "event_name_invalid"],
  ["cronLengthMax", "a schedule", (n) => readOption({ triggers: [{ cron: cronOf(n) }] }), "schedule_too_long"],
  ["jitterMsMin", "a jitter", (n) => readOption({ triggers: [{ cron: "* * * * *", jitter: `${n}ms` }] }), "jitter_invalid"],
  ["jitterMsMax", "a jitter", (n) => readOption({ triggers: [{ cron: "* * * * *", jitter: `${n}ms` }] }), "jitter_invalid"],
  ["cancellationsPerFunctionMax", "cancelOn", (n) => readOption({ cancel: list(n, () => ({ event: "e" })) }), "cancellation_invalid"],
  ["eventNameLengthMax", "the event of cancelOn", (n) => readOption({ cancel: [{ event: text(n) }] }), "cancellation_invalid"],
  [
    "concurrencyEntriesMax",
    "limits of steps",
    (n) => readOption({ concurrency: list(n, () => ({ limit: 1 })) }),
    "concurrency_limit_invalid",
  ],
  ["rateLimitPeriodMsMax", "rateLimit", (n) => readOption({ rateLimit: { limit: 1, period: `${n}ms` } }), "rate_limit_invalid"],
  ["breakerFailuresMax", "a breaker's failures", (n) => readBreaker({ failures: n }), "circuit_breaker_invalid"],
  ["breakerProbesMax", "a breaker's probes", (n) => readBreaker({ halfOpen: n }), "circuit_breaker_invalid"],
  ["breakerSpanMsMin", "a breaker's window", (n) => readBreaker({ window: `${n}ms` }), "circuit_breaker_invalid"],
  ["breakerSpanMsMin", "a breaker's cooldown", (n) => readBreaker({ cooldown: `${n}ms` }), "circuit_breaker_invalid"],
  ["breakerWindowMsMax", "a breaker's window", (n) => readBreaker({ window: `${n}ms` }), "circuit_breaker_invalid"],
  ["breakerCooldownMsMax", "a breaker's cooldown", (n) => readBreaker({ cooldown: `${n}ms` }), "circuit_breaker_invalid"],
  ["throttlePeriodMsMin", "throttle", (n) => readOption({ throttle: { ...throttle, period: `${n}ms` } }), "throttle_invalid"],
  ["throttlePeriodMsMax", "throttle", (n) => readOption({ throttle: { ...throttle, period: `${n}ms` } }), "throttle_invalid"],
  ["debouncePeriodMsMin", "debounce", (n) => readOption({ debounce: { period: `${n}ms` } }), "debounce_invalid"],
  ["debouncePeriodMsMax", "debounce", (n) => readOption({ debounce: { period: `${n}ms` } }), "debounce_invalid"],
  ["debouncePeriodMsMin", "debounce's end", (n) => readOption({ debounce: { period: "1m", timeout: `${n}ms` } }), "debounce_invalid"],
  ["batchSizeMin", "a batch", (n) => readOption({ batchEvents: { ...batch, maxSize: n } }), "batch_size_invalid"],
  ["batchSizeMax", "a batch", (n) => readOption({ batchEvents: { ...batch, maxSize: n } }), "batch_size_invalid"],
  ["batchTimeoutMsMin", "a batch", (n) => readOption({ batchEvents: { ...batch, timeout: `${n}ms` } }), "batch_timeout_invalid"],
  ["batchTimeoutMsMax", "a batch", (n) => readOption({ batchEvents: { ...batch, timeout: `${n}ms` } }), "batch_timeout_invalid"],
  ["sleepMsMax", "cancelOn.timeout", (n) => readOption({ cancel: [{ event: "a", timeout: `${n}ms` }] }), "cancellation_invalid"],
  ["sleepMsMax", "timeouts.start", (n) => readOption({ timeouts: { start: `${n}ms` } }), "timeouts_invalid"],
  ["sleepMsMax", "timeouts.finish", (n) => readOption({ timeouts: { finish: `${n}ms` } }), "timeouts_invalid"],

  ["stepOutputBytesMax", "a step's result", (n) => readOp({ op: "StepRun", data: text(n - 2) }), "output_too_large"],
  ["stepOutputBytesMax", "a result in wide text", (n) => readOp({ op: "Step", data: wide(n - 2) }), "output_too_large"],
  ["stepOutputBytesMax", "a saved result", (n) => readCheckpoint({ op: "StepRun", data: text(n - 2) }), "413 output_too_large"],
  ["signalNameLengthMax", "a signal's name", (n) => readOp({ op: "WaitForSignal", opts: { signal: text(n) } }), "reply_invalid"],
  ["gatewayBytesMax", "step.fetch", (n) => readOp({ op: "Gateway", opts: filled(n, { url: "http://a" }, text) }), "reply_invalid"],
  ["gatewayBytesMax", "step.ai.infer", (n) => readOp({ op: "AIGateway", opts: filled(n, { url: "http://a" }, wide) }), "reply_invalid"],
  ["eventBytesMax", "an invoke's payload", (n) => readOp(invokeOf(n)), "reply_invalid"],

  ["metadataPerRequestMax", "notes", (n) => readNotes(list(n, () => ({}))), "refused"],
  ["metadataKindBytesMax", "a kind of notes", (n) => readNotes([{ kind: wide(n) }]), "refused"],
  ["metadataKindBytesMax", "a score's name", (n) => readNotes([{ kind: "inngest.score", values: { [wide(n)]: { value: 1 } } }]), "refused"],
  ["logLinesPerRequestMax", "log lines", (n) => readLogs(list(n, () => ({}))), "invalid_request"],
  ["functionIdLengthMax", "the step of a log line", (n) => readLogs([{ stepId: text(n) }]), "invalid_request"],
  ["retriesMax", "the attempt of a log line", (n) => readLogs([{ attempt: n }]), "invalid_request"],
  ["eventTsMax", "the time of a log line", (n) => readLogs([{ at: n }]), "invalid_request"],
];

describe("at the limit it is taken, one past it refused", () => {
  test.each(rows)("%s: %s", (limit, _, read, code) => {
    const at = limits[limit];
    expect(read(at)).toBe(taken);
    expect(read(limit.includes("Min") ? at - 1 : at + 1)).toBe(code);
  });
});

describe("what has a limit and is not refused", () => {
  test("more retries than the limit are as many as the limit", () => {
    const retriesOf = (attempts: number): unknown => {
      const parsed = parseFunctionConfig({ id: "app-f", steps: { step: { ...steps.step, retries: { attempts } } } });
      return parsed.kind === "function" ? parsed.config.retries : parsed.problems.map(({ code }) => code);
    };
    expect([0, limits.retriesMax, limits.retriesMax + 1].map(retriesOf)).toEqual([0, limits.retriesMax, limits.retriesMax]);
    expect([-1, 1.5].map(retriesOf)).toEqual([["retries_invalid"], ["retries_invalid"]]);
  });

  test("own sessions go first, and those passed on fill up to the limit", () => {
    const own = keyed(limits.sessionsPerEventMax - 1);
    const parsed = parseEventBody(JSON.stringify({ name: "a", meta: { sessions: own, propagated_sessions: { b: "2", a: "1" } } }));
    expect(parsed).toMatchObject({ kind: "events", events: [{ sessions: { ...own, a: "1" } }] });
    expect(JSON.stringify(parsed)).not.toContain('"b"');
  });

  test("an app that asks to be called later is called within the limits", () => {
    const now = epochMs(1_000_000_000_000);
    const after = (ms: number): number => Number(parseRetryAfter(new Date(now + ms).toISOString(), now)) - now;
    expect([limits.retryAfterMsMin, limits.retryAfterMsMin - 1].map(after)).toEqual([limits.retryAfterMsMin, limits.retryAfterMsMin]);
    expect([limits.retryAfterMsMax, limits.retryAfterMsMax + 1].map(after)).toEqual([limits.retryAfterMsMax, limits.retryAfterMsMax]);
  });

  test.each([
    ["message", limits.errorMessageLengthMax],
    ["stack", limits.errorStackLengthMax],
  ])("the %s of an error is kept to the limit, and cut beyond it with a mark", (part, max) => {
    const kept = (length: number): unknown =>
      JSON.parse(runErrorJson({ name: "Error", message: "m", [part]: text(length) }))[part] as unknown;
    expect(kept(max)).toBe(text(max));
    expect(kept(max + 1)).toBe(`${text(max)}… (cut)`);
  });
});

/** Limits with tests of their own. */
const elsewhere: Partial<Record<LimitName, string>> = {
  stepInputBytesMax: "ops.test.ts",
  jsonDepthMax: "json-depth.test.ts",
  logBytesPerStepMax: "log-lines.test.ts",
  logLinesPerRunMax: "log-lines.test.ts",
  signatureAgeMsMax: "vectors.test.ts",
  retriesDefault: "flow-options.test.ts",
  breakerWindowMsDefault: "circuit-breaker.test.ts",
  breakerCooldownMsDefault: "circuit-breaker.test.ts",
};

test("every limit that the sources of this package name is tested", () => {
  const folder = new URL("./", import.meta.url);
  const sources = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const named = sources.flatMap((name) => [...readFileSync(new URL(name, folder), "utf8").matchAll(/\blimits\.(\w*M\w+|\w+Default)/g)]);
  const notRefused = ["retryAfterMsMin", "retryAfterMsMax", "errorMessageLengthMax", "errorStackLengthMax"];
  const tested = new Set([...rows.map(([limit]) => limit as string), ...notRefused, ...Object.keys(elsewhere)]);
  expect(named.length).toBeGreaterThan(50);
  expect([...new Set(named.map(([, limit]) => limit))].filter((limit) => !tested.has(limit ?? ""))).toEqual([]);
});

function cronOf(length: number): string {
  return `${"0".repeat(length - " * * * *".length)} * * * *`;
}

function invokeOf(bytes: number): object {
  const around = '{"data":}'.length;
  return { op: "InvokeFunction", opts: { function_id: "f", payload: { data: filled(bytes - around, {}, wide) } } };
}
