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
    batchEvents: readBatch(section(source["batchevents"]), problems),
    cancel: readCancel(source["cancel"], problems),
    rateLimit: readRateLimit(section(source["ratelimit"]), problems),
    throttle: readThrottle(section(source["throttle"]), problems),
    debounce: readDebounce(section(source["debounce"]), problems),
    priority: readPriority(section(source["priority"])),
    concurrency: readConcurrency(source["concurrency"], problems),
    timeouts: readTimeouts(section(source["timeouts"]), problems),
    singleton: readSingleton(section(source["singleton"]), problems),
    ...readIdempotency(source["idempotency"], problems),
    circuitBreaker: readCircuitBreaker(source["circuitbreaker"], problems),
  };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as FlowOptions;
  checkCombinations(given, problems);
  return given;
}

function section(value: unknown): JsonObject | undefined {
  return isObject(value) ? lowerKeys(value) : undefined;
}

function withKey<Rest extends object>(rest: Rest, source: JsonObject): Rest & { key?: string } {
  const key = wordsOf(source["key"]);
  return key === undefined ? rest : { ...rest, key };
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
  const condition = wordsOf(source["if"]);
  return withKey({ maxSize, timeoutMs, ...(condition === undefined ? {} : { if: condition }) }, source);
}

function readCancel(value: unknown, problems: ProblemList): FlowOptions["cancel"] {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  if (value.length > limits.cancellationsPerFunctionMax)
    problems.add(
      "cancelOn",
      "cancellation_invalid",
      `${value.length} rules; the limit is ${limits.cancellationsPerFunctionMax} (cancellationsPerFunctionMax)`,
    );
  return value.map((entry, index) => {
    const source = section(entry) ?? {};
    const event = wordsOf(source["event"]) ?? "";
    if (event === "" || event.length > limits.eventNameLengthMax)
      problems.add(`cancelOn[${index}].event`, "cancellation_invalid", "a rule names an event");
    const condition = wordsOf(source["if"]);
    const timeout = wordsOf(source["timeout"]);
    if (timeout !== undefined && parseDuration(timeout) === undefined && parseInstant(timeout) === undefined)
      problems.add(`cancelOn[${index}].timeout`, "cancellation_invalid", `"${timeout.slice(0, 60)}" is neither a duration nor a date`);
    return { event, ...(condition === undefined ? {} : { if: condition }), ...(timeout === undefined ? {} : { timeout }) };
  });
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
  return withKey({ limit, periodMs, ...(smoothing === true ? ({ smoothing } as const) : {}) }, source);
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
  return withKey({ limit, periodMs, burst }, source);
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
  if (source["timeout"] === undefined) return withKey({ periodMs }, source);
  return withKey(
    {
      periodMs,
      timeoutMs: span(
        source["timeout"],
        { ...rule, option: "debounce.timeout", max: limits.sleepMsMax, words: "a duration from 1s to 366d" },
        problems,
      ),
    },
    source,
  );
}

function readPriority(source: JsonObject | undefined): FlowOptions["priority"] {
  const run = source === undefined ? undefined : wordsOf(source["run"]);
  return run === undefined ? undefined : { run };
}

function readConcurrency(value: unknown, problems: ProblemList): FlowOptions["concurrency"] {
  if (value === undefined) return undefined;
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
    const source = typeof entry === "number" ? { limit: entry } : (section(entry) ?? {});
    const limit = whole(source["limit"]);
    // A plain limit of 0 says that there is none.
    if (limit === 0 && level === "step") return [];
    if (limit === undefined || limit < 1) problems.add("concurrency.limit", "concurrency_limit_invalid", "limit is a whole number above 0");
    const scope = readScope(source, problems);
    return [withKey({ limit: limit ?? 1, scope }, source)];
  });
}

function readScope(source: JsonObject, problems: ProblemList): ConcurrencyLimit["scope"] {
  const scope = textOf(source["scope"]) ?? "fn";
  if (scope !== "fn" && scope !== "env" && scope !== "account") {
    problems.add(
      "concurrency.scope",
      "concurrency_scope_invalid",
      `"${scope.slice(0, 40)}" is not a scope; there are "fn", "env" and "account"`,
    );
    return "fn";
  }
  if (scope !== "fn" && wordsOf(source["key"]) === undefined)
    problems.add("concurrency.key", "concurrency_key_invalid", `a limit of scope "${scope}" needs a key`);
  return scope;
}

function readTimeouts(source: JsonObject | undefined, problems: ProblemList): FlowOptions["timeouts"] {
  if (source === undefined) return undefined;
  const read = (name: "start" | "finish"): number | undefined => {
    if (wordsOf(source[name]) === undefined) return undefined;
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
  return withKey({ mode: mode === "cancel" ? ("cancel" as const) : ("skip" as const) }, source);
}

/** A key, as every SDK sends it; or a key with the window that it is remembered for. */
function readIdempotency(value: unknown, problems: ProblemList): Pick<FlowOptions, "idempotency" | "idempotencyWindowMs"> {
  const source = section(value);
  if (source === undefined) {
    if (value !== undefined && value !== null && typeof value !== "string")
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
  problems.add(rule.option, rule.code, `${JSON.stringify(value) ?? "nothing"} is not ${rule.words}`);
  return rule.min;
}
