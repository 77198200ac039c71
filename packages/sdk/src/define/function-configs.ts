import { retriesDefault } from "@stepwell/protocol";
import type { Stepwell } from "../client/stepwell.ts";
import { conditionOf } from "../step/wait-for-event.ts";
import { type DurationInput, durationText, timeoutText } from "../time/duration.ts";
import type { Cancellation, FunctionOptions } from "./function-options.ts";
import { inputSchemaOf } from "./input-schema.ts";
import type { StepwellFunction } from "./stepwell-function.ts";
import type { EventTrigger, Trigger } from "./trigger.ts";

/** One function of a registration, as it crosses the wire. */
export interface WireFunctionConfig {
  readonly id: string;
  readonly name: string;
  readonly triggers: readonly object[];
  readonly steps: {
    readonly step: {
      readonly id: "step";
      readonly name: "step";
      readonly runtime: { readonly type: "http" | "ws"; readonly url: string };
      readonly retries?: { readonly attempts: number };
    };
  };
  readonly [option: string]: unknown;
}

/**
 * What an app says of its functions when it registers, failure handlers included.
 *
 * @param url - The app's address; each function is called there with its slug as `fnId`.
 */
export function functionConfigs(client: Stepwell, functions: readonly StepwellFunction[], url: string): readonly WireFunctionConfig[] {
  return functions.flatMap((definition) => {
    const slug = definition.id(client.id);
    const own = functionConfig(client, definition, slug, url);
    return definition.onFailure === undefined ? [own] : [own, failureConfig(definition, slug, url)];
  });
}

function functionConfig(client: Stepwell, { opts, name }: StepwellFunction, slug: string, url: string): WireFunctionConfig {
  const { concurrency, batchEvents, idempotency, rateLimit, throttle, debounce, priority, timeouts, singleton, cancelOn, circuitBreaker } =
    opts;
  return defined({
    id: slug,
    name,
    triggers: opts.triggers.map(wireTrigger),
    steps: { step: wireStep(slug, url, opts.retries) },
    concurrency,
    batchEvents: batchEvents && { ...batchEvents, timeout: duration(batchEvents.timeout) },
    idempotency: typeof idempotency === "object" ? { ...idempotency, window: duration(idempotency.window) } : idempotency,
    rateLimit: rateLimit && { ...rateLimit, period: duration(rateLimit.period) },
    throttle: throttle && { ...throttle, period: duration(throttle.period) },
    debounce: debounce && defined({ ...debounce, period: duration(debounce.period), timeout: duration(debounce.timeout) }),
    priority,
    timeouts: timeouts && defined({ start: duration(timeouts.start), finish: duration(timeouts.finish) }),
    singleton,
    cancel: cancelOn?.map(wireCancellation),
    circuitBreaker:
      circuitBreaker &&
      defined({ ...circuitBreaker, window: duration(circuitBreaker.window), cooldown: duration(circuitBreaker.cooldown) }),
    inputSchema: inputSchemaOf(client, opts.triggers),
  });
}

function failureConfig({ name }: StepwellFunction, slug: string, url: string): WireFunctionConfig {
  const failureSlug = `${slug}-failure`;
  return {
    id: failureSlug,
    name: `${name} (failure)`,
    triggers: [{ event: "inngest/function.failed", expression: `event.data.function_id == '${slug}'` }],
    steps: { step: wireStep(failureSlug, url, 1) },
  };
}

function wireStep(slug: string, base: string, retries: FunctionOptions["retries"]): WireFunctionConfig["steps"]["step"] {
  const url = new URL(base);
  url.searchParams.set("fnId", slug);
  url.searchParams.set("stepId", "step");
  const runtime = { type: url.protocol.startsWith("ws") ? "ws" : "http", url: url.href } as const;
  return { id: "step", name: "step", runtime, retries: { attempts: countOf(retries) } };
}

/** How many retries, where only their times are given too. */
function countOf(retries: FunctionOptions["retries"]): number {
  const count = typeof retries === "object" ? retries.limit : retries;
  return typeof count === "number" ? count : retriesDefault;
}

function wireTrigger(trigger: Trigger): object {
  if ("cron" in trigger && trigger.cron !== undefined) {
    const { cron, jitter, catchUp, overlap } = trigger;
    return defined({ cron, jitter: duration(jitter), catchUp, overlap });
  }
  const { event } = trigger as EventTrigger;
  const expression = "if" in trigger ? trigger.if : undefined;
  return defined({ event: typeof event === "string" ? event : event.name, expression });
}

function wireCancellation({ event, timeout, ...rule }: Cancellation): object {
  const ends = timeout === undefined ? undefined : timeoutText(timeout);
  return defined({ event: typeof event === "string" ? event : event.name, if: conditionOf(rule), timeout: ends });
}

function duration(input: DurationInput | undefined): string | undefined {
  // What is no duration goes as it stands: the server names the option that is wrong.
  return input === undefined ? undefined : (durationText(input) ?? String(input));
}

/** Without what is absent. */
function defined<T extends object>(source: T): T {
  return Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined)) as T;
}
