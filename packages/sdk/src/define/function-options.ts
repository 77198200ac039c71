import type { RetryDelayRule, RetryFunction, RetryRule } from "../errors/retry-delay.ts";
import type { AnyMiddleware } from "../middleware/register-middleware.ts";
import type { DurationInput, InstantInput } from "../time/duration.ts";
import type { EventName } from "./event-name.ts";
import type { EventType } from "./event-type.ts";

/** What a function may ask for. Every expression is CEL over `event`. */
export interface FunctionOptions<Events = object> {
  /** Its identity within the app: it must not change while runs are in flight. */
  readonly id: string;
  /** What people see; the id by default. */
  readonly name?: string;
  /** For whoever reads the code: no server is told. */
  readonly description?: string;
  /** How many steps, or with `scope` of which others too, may be under way at once. */
  readonly concurrency?: number | ConcurrencyOption | readonly ConcurrencyOption[] | ConcurrencyLevels;
  /** Collects events and starts one run with all of them. */
  readonly batchEvents?: { readonly maxSize: number; readonly timeout: DurationInput; readonly key?: string; readonly if?: string };
  /** Starts one run for each value of the key within a day, or within `window`. */
  readonly idempotency?: string | { readonly key: string; readonly window?: DurationInput };
  /** Drops starts above the limit. */
  readonly rateLimit?: {
    readonly limit: number;
    readonly period: DurationInput;
    readonly key?: string;
    /** Spreads the starts over the period: a tenth of them may come at once. */
    readonly smoothing?: boolean;
  };
  /** Delays starts above the limit. */
  readonly throttle?: { readonly limit: number; readonly period: DurationInput; readonly key?: string; readonly burst?: number };
  /** Starts with the last event once none has come for so long. */
  readonly debounce?: { readonly period: DurationInput; readonly key?: string; readonly timeout?: DurationInput };
  /** Seconds by which runs go before others that are queued. */
  readonly priority?: { readonly run?: string };
  /** Cancels a run that has not begun, or not ended, in time. */
  readonly timeouts?: { readonly start?: DurationInput; readonly finish?: DurationInput };
  /** At most one run at a time for each key: the new one is skipped, or replaces the old one. */
  readonly singleton?: { readonly key?: string; readonly mode: "skip" | "cancel" };
  /** Events that cancel a run under way. */
  readonly cancelOn?: readonly Cancellation<Events>[];
  /** Holds starts back after failures in a row, of the function or of each key. */
  readonly circuitBreaker?: CircuitBreakerOption;
  /** Retries of each step, and of the function's own code, 0 to 20; 4 by default. Or what says the time between them. */
  readonly retries?: RetryCount | RetryRule | RetryDelayRule | RetryFunction;
  /** Goes around this function, within that of its client. */
  readonly middleware?: readonly AnyMiddleware[];
  /** `false`: every step is a call of its own. Or limits: how long one call goes on, by default 10 seconds. */
  readonly checkpointing?: CheckpointingOptions;
  /** @deprecated `checkpointing`. */
  readonly experimentalCheckpointing?: CheckpointingOptions;
  /** @deprecated Steps are always coalesced; use `group.race` for races. */
  readonly optimizeParallelism?: boolean;
}

/** Retries of a step or of a function's own code. */
export type RetryCount = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20;

export interface CircuitBreakerOption {
  /** So many failed calls within the window; or `rate`. */
  readonly failures?: number;
  /** This part of the calls within the window, above 0 and up to 1. */
  readonly rate?: number;
  /** 1 second to 1 hour. */
  readonly window?: DurationInput;
  /** How long nothing is called then, 1 second to 1 hour. */
  readonly cooldown?: DurationInput;
  /** So many calls in a row must go well before all are made again. */
  readonly halfOpen?: number;
  /** An expression on the event: one breaker for each value. */
  readonly key?: string;
}

export interface ConcurrencyOption {
  readonly limit: number;
  readonly key?: string;
  readonly scope?: "fn" | "env" | "account";
}

export interface ConcurrencyLevels {
  /** Limits whole runs. */
  readonly fn?: readonly ConcurrencyOption[];
  /** Limits steps under way. */
  readonly step?: readonly ConcurrencyOption[];
}

export interface Cancellation<Events = object> {
  readonly event: EventName<Events> | EventType;
  /** A condition on `event`, which started the run, and `async`, which cancels. */
  readonly if?: string;
  /** A path that must be the same in both events. */
  readonly match?: string;
  readonly timeout?: DurationInput | InstantInput;
}

export type CheckpointingOptions =
  | boolean
  | { readonly maxRuntime?: DurationInput; readonly bufferedSteps?: number; readonly maxInterval?: DurationInput };
