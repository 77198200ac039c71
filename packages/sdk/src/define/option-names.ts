// The names of all options, for programs without types. They do not compile where the types have others.

import type { ClientOptions } from "../client/client-options.ts";
import type { OptionNames } from "../errors/check-option-names.ts";
import type { ServeOptions } from "../serve/serve-options.ts";
import type {
  Cancellation,
  CheckpointingOptions,
  CircuitBreakerOption,
  ConcurrencyLevels,
  ConcurrencyOption,
  FunctionOptions,
} from "./function-options.ts";
import type { CronTrigger, EventTrigger } from "./trigger.ts";

type NamesOf<Options> = { readonly [Name in keyof Options]-?: 1 | OptionNames };
type Member<Name extends keyof FunctionOptions> = Extract<Exclude<FunctionOptions[Name], readonly unknown[]>, object>;

const checkpointing = { maxRuntime: 1, bufferedSteps: 1, maxInterval: 1 } satisfies NamesOf<Extract<CheckpointingOptions, object>>;
const limit = { limit: 1, key: 1, scope: 1 } satisfies NamesOf<ConcurrencyOption>;

/** What `createFunction` takes first. `retries` are checked by themselves. */
export const functionOptionNames = {
  ...{ id: 1, name: 1, description: 1, retries: 1, onFailure: 1, middleware: 1, optimizeParallelism: 1 },
  triggers: { event: 1, schema: 1, if: 1, cron: 1, jitter: 1, catchUp: 1, overlap: 1 } satisfies NamesOf<CronTrigger> &
    NamesOf<EventTrigger>,
  concurrency: { ...limit, fn: limit, step: limit } satisfies NamesOf<ConcurrencyOption & ConcurrencyLevels>,
  batchEvents: { maxSize: 1, timeout: 1, key: 1, if: 1 } satisfies NamesOf<Member<"batchEvents">>,
  idempotency: { key: 1, window: 1 } satisfies NamesOf<Member<"idempotency">>,
  rateLimit: { limit: 1, period: 1, key: 1, smoothing: 1 } satisfies NamesOf<Member<"rateLimit">>,
  throttle: { limit: 1, period: 1, key: 1, burst: 1 } satisfies NamesOf<Member<"throttle">>,
  debounce: { period: 1, key: 1, timeout: 1 } satisfies NamesOf<Member<"debounce">>,
  priority: { run: 1 } satisfies NamesOf<Member<"priority">>,
  timeouts: { start: 1, finish: 1 } satisfies NamesOf<Member<"timeouts">>,
  singleton: { key: 1, mode: 1 } satisfies NamesOf<Member<"singleton">>,
  cancelOn: { event: 1, if: 1, match: 1, timeout: 1 } satisfies NamesOf<Cancellation>,
  circuitBreaker: { failures: 1, rate: 1, window: 1, cooldown: 1, halfOpen: 1, key: 1 } satisfies NamesOf<CircuitBreakerOption>,
  checkpointing,
  experimentalCheckpointing: checkpointing,
} satisfies NamesOf<FunctionOptions> & Pick<OptionNames, "triggers" | "onFailure">;

/** What `new Stepwell` takes. */
export const clientOptionNames = {
  ...{ id: 1, name: 1, eventKey: 1, signingKey: 1, signingKeyFallback: 1, baseUrl: 1, isDev: 1, env: 1, fetch: 1, logger: 1 },
  ...{ internalLogger: 1, schemas: 1, middleware: 1, appVersion: 1, optimizeParallelism: 1 },
  checkpointing,
  experimentalCheckpointing: checkpointing,
} satisfies NamesOf<ClientOptions>;

/** What `serve` takes. */
export const serveOptionNames = {
  ...{ client: 1, functions: 1, serveOrigin: 1, serveHost: 1, servePath: 1, streaming: 1, signingKey: 1, signingKeyFallback: 1 },
  ...{ baseUrl: 1, fetch: 1, logLevel: 1, registersAtStart: 1 },
} satisfies NamesOf<ServeOptions>;
