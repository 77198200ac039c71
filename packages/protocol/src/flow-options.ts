// The options of a function that decide when its runs begin, how many go at once and what ends them.

import { type CircuitBreaker, readCircuitBreaker } from "./circuit-breaker.ts";
import type { ProblemList } from "./config-problem.ts";
import { parseDuration, parseInstant } from "./durations.ts";
import type { ErrorCode } from "./errors.ts";
import { isObject, type JsonObject, lowerKeys, textOf, wordsOf } from "./json-shape.ts";
import { limits } from "./limits.ts";

export interface FlowOptions {
  readonly batchEvents?: { readonly maxSize: number; readonly timeoutMs: number; readonly key?: string; readonly if?: string };
  readonly cancel?: readonly { readonly event: string; readonly if?: string; readonly timeout?: string }[];
  readonly rateLimit?: {
    readonly limit: number;
    readonly periodMs: number;
    readonly key?: string;
    /** Evenly spaced, with a tenth of the limit as the burst: what the public server does. */
    readonly smoothing?: true;
  };
  readonly throttle?: { readonly limit: number; readonly periodMs: number; readonly burst: number; readonly key?: string };
  readonly debounce?: { readonly periodMs: number; readonly timeoutMs?: number; readonly key?: string };
  readonly priority?: { readonly run: string };
  readonly concurrency?: { readonly step: readonly ConcurrencyLimit[]; readonly fn: readonly ConcurrencyLimit[] };
  readonly timeouts?: { readonly startMs?: number; readonly finishMs?: number };
  readonly singleton?: { readonly mode: "skip" | "cancel"; readonly key?: string };
  readonly idempotency?: string;
  /** How long a key is remembered; absent: `dedupeWindowMs`. */
  readonly idempotencyWindowMs?: number;
  readonly circuitBreaker?: CircuitBreaker;
}

export interface ConcurrencyLimit {
  readonly limit: number;
  readonly key?: string;
  readonly scope: "fn" | "env" | "account";
}

/** Reads every option; what is wrong with one is a problem of its own, with a code of its own. */
export function readFlowOptions(source: JsonObject, problems: ProblemList): FlowOptions {
  const options = {
    batchEvents: readBatch(section(source["batchevents"], "batchEvents", problems), problems),
    cancel: readCancel(source["cancel"], problems),
    rateLimit: readRateLimit(section(source["ratelimit"], "rateLimit", problems), problems),
    throttle: readThrottle(section(source["throttle"], "throttle", problems), problems),
    debounce: readDebounce(section(source["debounce"], "debounce", problems), problems),
    priority: readPriority(section(source["priority"], "priority", problems), problems),
    concurrency: readConcurrency(source["concurrency"], problems),
    timeouts: readTimeouts(section(source["timeouts"], "timeouts", problems), problems),
    singleton: readSingleton(section(source["singleton"], "singleton", problems), problems),
    ...readIdempotency(source["idempotency"], problems),
    circuitBreaker: readCircuitBreaker(source["circuitbreaker"], problems),
  };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as FlowOptions;
  checkCombinations(given, problems);
  return given;
}

/** What each option that is an object looks like, and the code under which another shape is refused. */
const shapes = {
  batchEvents: ["batch_size_invalid", '{ maxSize: 100, timeout: "5s" }'],
  rateLimit: ["rate_limit_invalid", '{ limit: 10, period: "1h" }'],
  throttle: ["throttle_invalid", '{ limit: 10, period: "1m" }'],
  debounce: ["debounce_invalid", '{ period: "10s" }'],
  priority: ["priority_invalid", '{ run: "event.data.urgent ? 120 : 0" }'],
  timeouts: ["timeouts_invalid", '{ start: "10s", finish: "1h" }'],
  singleton: ["singleton_invalid", '{ mode: "skip" }'],
} as const satisfies Readonly<Record<string, readonly [code: ErrorCode, example: string]>>;

/** An option of another type is refused: passed over, its function would run as if it had none. */
function section(value: unknown, option: keyof typeof shapes, problems: ProblemList): JsonObject | undefined {
  if (isObject(value)) return lowerKeys(value);
  const [code, example] = shapes[option];
  if (isGiven(value)) problems.add(option, code, `${option} is an object such as ${example}, and not ${shown(value)}`);
  return undefined;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}

function withKey<Rest extends object>(
  rest: Rest,
  source: JsonObject,
  [option, code]: readonly [option: string, code: ErrorCode],
  problems: ProblemList,
): Rest & { key?: string } {
  const key = words(source["key"], `${option}.key`, code, problems);
  return key === undefined ? rest : { ...rest, key };
}

/** An expression; empty text is none. */
function words(value: unknown, option: string, code: ErrorCode, problems: ProblemList): string | undefined {
  if (isGiven(value) && typeof value !== "string")
    problems.add(option, code, `it is an expression in quotes such as "event.data.id", and not ${shown(value)}`);
  return wordsOf(value);
}

function readBatch(source: JsonObject | undefined, problems: ProblemList): FlowOptions["batchEvents"] {
  if (source === undefined) return undefined;
  const maxSize = whole(source["maxsize"]) ?? 0;
  if (maxSize < limits.batchSizeMin || maxSize > limits.batchSizeMax)
    problems.add(
      "batchEvents.maxSize",
      "batch_size_invalid",
      `maxSize is a whole number from ${limits.batchSizeMin} to ${limits.batchSizeMax}`,
    );
  const timeoutMs = duration(source["timeout"]) ?? 0;
  if (timeoutMs < limits.batchTimeoutMsMin || timeoutMs > limits.batchTimeoutMsMax)
    problems.add("batchEvents.timeout", "batch_timeout_invalid", "timeout is a duration from 1s to 1h");
  const condition = words(source["if"], "batchEvents.if", "batch_if_expression_invalid", problems);
  const rest = { maxSize, timeoutMs, ...(condition === undefined ? {} : { if: condition }) };
  return withKey(rest, source, ["batchEvents", "batch_key_expression_invalid"], problems);
}

function readCancel(value: unknown, problems: ProblemList): FlowOptions["cancel"] {
  if (isGiven(value) && !Array.isArray(value))
    problems.add("cancelOn", "cancellation_invalid", `cancelOn is a list such as [{ event: "order/cancelled" }], and not ${shown(value)}`);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  if (value.length > limits.cancellationsPerFunctionMax)
    problems.add(
      "cancelOn",
      "cancellation_invalid",
      `${value.length} rules; the limit is ${limits.cancellationsPerFunctionMax} (cancellationsPerFunctionMax)`,
    );
  return value.map((entry, index) => readCancelRule(entry, `cancelOn[${index}]`, problems));
}

function readCancelRule(entry: unknown, option: string, problems: ProblemList): NonNullable<FlowOptions["cancel"]>[number] {
  const source = isObject(entry) ? lowerKeys(entry) : {};
  const event = wordsOf(source["event"]) ?? "";
  if (event === "" || event.length > limits.eventNameLengthMax)
    problems.add(`${option}.event`, "cancellation_invalid", "a rule names an event");
  if (event.includes("*"))
    problems.add(
      `${option}.event`,
      "cancellation_invalid",
      `${shown(event)} is a wildcard, which only triggers take; a rule names one event`,
    );
  const condition = words(source["if"], `${option}.if`, "cancellation_invalid", problems);
  const timeout = source["timeout"] === "" ? undefined : source["timeout"];
  const text = textOf(timeout) ?? "";
  if (timeout !== undefined && parseDuration(text) === undefined && parseInstant(text) === undefined)
    problems.add(`${option}.timeout`, "cancellation_invalid", `${shown(timeout)} is neither a duration nor a date`);
  if ((parseDuration(text) ?? 0) > limits.sleepMsMax)
    problems.add(`${option}.timeout`, "cancellation_invalid", `${shown(timeout)} is longer than 366 days (sleepMsMax)`);
  return { event, ...(condition === undefined ? {} : { if: condition }), ...(timeout === undefined ? {} : { timeout: text }) };
}

function readRateLimit(source: JsonObject | undefined, problems: ProblemList): FlowOptions["rateLimit"] {
  if (source === undefined) return undefined;
  const limit = count(source, "limit", "rateLimit", "rate_limit_invalid", problems);
  const periodMs = span(
    source["period"],
    { option: "rateLimit.period", code: "rate_limit_invalid", min: 1, max: limits.rateLimitPeriodMsMax, words: "a duration up to 24h" },
    problems,
  );
  const smoothing = source["smoothing"] ?? false;
  if (typeof smoothing !== "boolean") problems.add("rateLimit.smoothing", "rate_limit_invalid", "smoothing is true or false");
  const rest = { limit, periodMs, ...(smoothing === true ? ({ smoothing } as const) : {}) };
  return withKey(rest, source, ["rateLimit", "rate_limit_invalid"], problems);
}

function readThrottle(source: JsonObject | undefined, problems: ProblemList): FlowOptions["throttle"] {
  if (source === undefined) return undefined;
  const limit = count(source, "limit", "throttle", "throttle_invalid", problems);
  const periodMs = span(
    source["period"],
    {
      option: "throttle.period",
      code: "throttle_invalid",
      min: limits.throttlePeriodMsMin,
      max: limits.throttlePeriodMsMax,
      words: "a duration from 1s to 7d",
    },
    problems,
  );
  const burst = source["burst"] === undefined ? 1 : count(source, "burst", "throttle", "throttle_invalid", problems);
  return withKey({ limit, periodMs, burst }, source, ["throttle", "throttle_invalid"], problems);
}

function readDebounce(source: JsonObject | undefined, problems: ProblemList): FlowOptions["debounce"] {
  if (source === undefined) return undefined;
  const rule = {
    code: "debounce_invalid",
    min: limits.debouncePeriodMsMin,
    max: limits.debouncePeriodMsMax,
    words: "a duration from 1s to 7d",
  } as const;
  const periodMs = span(source["period"], { ...rule, option: "debounce.period" }, problems);
  const capRule = { ...rule, option: "debounce.timeout", max: limits.sleepMsMax, words: "a duration from 1s to 366d" };
  const cap = source["timeout"] === undefined ? {} : { timeoutMs: span(source["timeout"], capRule, problems) };
  return withKey({ periodMs, ...cap }, source, ["debounce", "debounce_invalid"], problems);
}

function readPriority(source: JsonObject | undefined, problems: ProblemList): FlowOptions["priority"] {
  const run = source === undefined ? undefined : words(source["run"], "priority.run", "priority_invalid", problems);
  return run === undefined ? undefined : { run };
}

function readConcurrency(value: unknown, problems: ProblemList): FlowOptions["concurrency"] {
  if (!isGiven(value)) return undefined;
  const both = isObject(value) && (isList(value["fn"]) || isList(value["step"])) ? lowerKeys(value) : undefined;
  const step = readLimits(both === undefined ? value : both["step"], "step", problems);
  const fn = readLimits(both?.["fn"], "fn", problems);
  if (step.length > limits.concurrencyEntriesMax)
    problems.add("concurrency", "concurrency_limit_invalid", `${step.length} limits of steps; at most ${limits.concurrencyEntriesMax}`);
  if (fn.length > 1) problems.add("concurrency.fn", "concurrency_limit_invalid", `${fn.length} limits of runs; at most 1`);
  return step.length + fn.length === 0 ? undefined : { step, fn };
}

function isList(value: unknown): boolean {
  return Array.isArray(value);
}

function readLimits(value: unknown, level: "step" | "fn", problems: ProblemList): readonly ConcurrencyLimit[] {
  const entries = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return entries.flatMap((entry) => {
    const source = typeof entry === "number" ? { limit: entry } : isObject(entry) ? lowerKeys(entry) : {};
    const limit = whole(source["limit"]);
    // A plain limit of 0 says that there is none.
    if (limit === 0 && level === "step") return [];
    if (limit === undefined || limit < 1)
      problems.add(
        "concurrency.limit",
        "concurrency_limit_invalid",
        `limit is a whole number above 0, and not ${shown(source["limit"] ?? entry)}`,
      );
    const scope = readScope(source, problems);
    return [withKey({ limit: limit ?? 1, scope }, source, ["concurrency", "concurrency_key_invalid"], problems)];
  });
}

function readScope(source: JsonObject, problems: ProblemList): ConcurrencyLimit["scope"] {
  const scope = source["scope"] ?? "fn";
  if (scope !== "fn" && scope !== "env" && scope !== "account") {
    problems.add("concurrency.scope", "concurrency_scope_invalid", `${shown(scope)} is not a scope; there are "fn", "env" and "account"`);
    return "fn";
  }
  if (scope !== "fn" && (source["key"] ?? "") === "")
    problems.add("concurrency.key", "concurrency_key_invalid", `a limit of scope "${scope}" needs a key`);
  return scope;
}

function readTimeouts(source: JsonObject | undefined, problems: ProblemList): FlowOptions["timeouts"] {
  if (source === undefined) return undefined;
  const read = (name: "start" | "finish"): number | undefined => {
    if ((source[name] ?? "") === "") return undefined;
    return span(
      source[name],
      { option: `timeouts.${name}`, code: "timeouts_invalid", min: 1, max: limits.sleepMsMax, words: "a duration up to 366d" },
      problems,
    );
  };
  const [startMs, finishMs] = [read("start"), read("finish")];
  if (startMs === undefined && finishMs === undefined) return undefined;
  return { ...(startMs === undefined ? {} : { startMs }), ...(finishMs === undefined ? {} : { finishMs }) };
}

function readSingleton(source: JsonObject | undefined, problems: ProblemList): FlowOptions["singleton"] {
  if (source === undefined) return undefined;
  const mode = textOf(source["mode"]);
  if (mode !== "skip" && mode !== "cancel") problems.add("singleton.mode", "singleton_invalid", 'mode is "skip" or "cancel"');
  const rest = { mode: mode === "cancel" ? ("cancel" as const) : ("skip" as const) };
  return withKey(rest, source, ["singleton", "singleton_invalid"], problems);
}

/** A key, as every SDK sends it; or a key with the window that it is remembered for. */
function readIdempotency(value: unknown, problems: ProblemList): Pick<FlowOptions, "idempotency" | "idempotencyWindowMs"> {
  const source = isObject(value) ? lowerKeys(value) : undefined;
  if (source === undefined) {
    if (isGiven(value) && typeof value !== "string")
      problems.add("idempotency", "idempotency_invalid", "idempotency is an expression, or an object with key and window");
    const key = wordsOf(value);
    return key === undefined ? {} : { idempotency: key };
  }
  const key = wordsOf(source["key"]);
  if (key === undefined) problems.add("idempotency.key", "idempotency_invalid", "a window needs a key");
  const { idempotencyWindowMsMin: min, idempotencyWindowMsMax: max } = limits;
  const rule = { option: "idempotency.window", code: "idempotency_invalid", min, max, words: "a duration from 1s to 30d" } as const;
  const window = source["window"] ?? undefined;
  return {
    idempotency: key ?? "",
    ...(window === undefined ? {} : { idempotencyWindowMs: span(window, rule, problems) }),
  };
}

/** Combinations that contradict each other: a debounce drops the events that a batch collects, and so would a singleton. */
function checkCombinations(options: FlowOptions, problems: ProblemList): void {
  if (options.batchEvents === undefined) return;
  for (const other of ["debounce", "singleton"] as const)
    if (options[other] !== undefined)
      problems.add("batchEvents", "combo_unsupported", `batchEvents cannot be combined with ${other}, which would drop events of a batch`);
}

function whole(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function duration(value: unknown): number | undefined {
  return typeof value === "string" ? parseDuration(value) : undefined;
}

function count(source: JsonObject, name: string, option: string, code: ErrorCode, problems: ProblemList): number {
  const value = whole(source[name]);
  if (value !== undefined && value >= 1) return value;
  problems.add(`${option}.${name}`, code, `${name} is a whole number above 0`);
  return 1;
}

interface SpanRule {
  readonly option: string;
  readonly code: ErrorCode;
  readonly min: number;
  readonly max: number;
  readonly words: string;
}

function span(value: unknown, rule: SpanRule, problems: ProblemList): number {
  const ms = duration(value);
  if (ms !== undefined && ms >= rule.min && ms <= rule.max) return ms;
  problems.add(rule.option, rule.code, `${shown(value)} is not ${rule.words}`);
  return rule.min;
}
