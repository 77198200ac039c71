import {
  asJson,
  type ConfigProblem,
  type EpochMs,
  type ErrorCode,
  type FunctionConfig,
  functionUuid,
  limits,
  messageOf,
  parseInstant,
  type RegisterRequest,
  sha1Hex,
  uuidFromName,
} from "@stepwell/protocol";
import type { EnvironmentId, SyncAppParams } from "@stepwell/store";
import { compileExpression, laterEvent } from "../expression/compile.ts";
import { compileSchedule } from "../schedules/compile-schedule.ts";
import { unsupportedOptions } from "./unsupported-options.ts";

export type SyncDecision =
  | { readonly kind: "sync"; readonly params: SyncAppParams; readonly warnings: readonly string[] }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string; readonly problems: readonly ConfigProblem[] };

export interface SyncContext {
  readonly environmentId: EnvironmentId;
  readonly mode: "dev" | "start";
  readonly now: EpochMs;
  /** The other app that lists a function of this id. */
  readonly ownerOf: (slug: string) => string | undefined;
}

/** Raised when more of a registration is read than before, so that apps which registered with an older server are read anew. */
const readingVersion = 2;

/** Whether an app's functions are taken, as a whole; and if not, everything that is wrong with every function. */
export function decideSync(request: RegisterRequest, context: SyncContext): SyncDecision {
  const problems = request.functions.flatMap((config) => [
    ...expressionProblems(config),
    ...scheduleProblems(config),
    ...cancelProblems(config, context.now),
  ]);
  if (problems.length > 0) return { kind: "refused", code: "config_invalid", message: messageOf(problems), problems };
  const taken = request.functions.flatMap((config) => takenProblem(config, context));
  if (taken.length > 0) return { kind: "refused", code: "function_id_taken", message: messageOf(taken), problems: taken };
  const unsupported = request.functions.flatMap((config) => unsupportedOptions(config).map((option) => ({ ...option, slug: config.slug })));
  if (unsupported.length > 0 && context.mode === "start") {
    const refused = unsupported.map(
      ({ slug, option, message }) => ({ function: slug, option, code: "option_not_supported_yet", message }) as const,
    );
    return { kind: "refused", code: "option_not_supported_yet", message: messageOf(refused), problems: refused };
  }
  const warnings = [
    ...unsupported.map(({ message }) => message),
    ...request.functions.flatMap((config) => idleSchedules(config, context.now)),
  ];
  return { kind: "sync", params: paramsOf(request, context, warnings), warnings };
}

function paramsOf(
  request: RegisterRequest,
  context: { readonly environmentId: EnvironmentId; readonly now: EpochMs },
  warnings: readonly string[],
): SyncAppParams {
  const { appName, url, sdk, framework, platform, appVersion } = request;
  return {
    environmentId: context.environmentId,
    name: appName,
    uuid: uuidFromName(`app ${context.environmentId} ${appName}`),
    url,
    sdk,
    checksum: sha1Hex(`${readingVersion} ${request.checksumText}`),
    functions: request.functions.map((config) => ({
      uuid: functionUuid(context.environmentId, config.slug),
      config,
    })),
    now: context.now,
    ...(framework === undefined ? {} : { framework }),
    ...(platform === undefined ? {} : { platform }),
    ...(appVersion === undefined ? {} : { appVersion }),
    ...(warnings.length === 0 ? {} : { warnings: asJson(warnings) }),
  };
}

/**
 * A function's id is its app's id and its own with a hyphen between them, so that of "a" and "a-b" both may have "a-b-c". Who
 * came first keeps it: with the last one it would change its code with every sync of either.
 */
function takenProblem({ slug }: FunctionConfig, { ownerOf }: SyncContext): readonly ConfigProblem[] {
  const owner = ownerOf(slug);
  if (owner === undefined) return [];
  const message = `the app "${owner}" has a function of this id already; rename one of the two, or take that app away`;
  return [{ function: slug, option: "id", code: "function_id_taken", message }];
}

/** Every expression of a function is compiled at the sync, so that none turns out wrong when an event comes. */
function expressionProblems(config: FunctionConfig): readonly ConfigProblem[] {
  return expressionsOf(config).flatMap(({ option, code, source, more }) => {
    if (source === undefined) return [];
    const compiled = compileExpression(source, more);
    return compiled.kind === "expression"
      ? []
      : [{ function: config.slug, option, code, message: `"${source.slice(0, 120)}": ${compiled.message}` }];
  });
}

/** A date is too far away or is not by when it is; spans are bounded where they are read. */
function cancelProblems({ slug, options }: FunctionConfig, now: EpochMs): readonly ConfigProblem[] {
  return (options.cancel ?? []).flatMap(({ timeout }, index) => {
    const at = timeout === undefined ? undefined : parseInstant(timeout);
    if (at === undefined || at - now <= limits.sleepMsMax) return [];
    const message = `"${timeout}" is more than 366 days away (sleepMsMax)`;
    return [{ function: slug, option: `cancelOn[${index}].timeout`, code: "cancellation_invalid", message }];
  });
}

function scheduleProblems(config: FunctionConfig): readonly ConfigProblem[] {
  return config.triggers.flatMap((trigger, index) => {
    if (trigger.kind !== "cron") return [];
    const compiled = compileSchedule(trigger, config.slug);
    if (compiled.kind === "schedule") return [];
    const message = `"${trigger.cron}": ${compiled.message}`;
    return [{ function: config.slug, option: `triggers[${index}].cron`, code: "schedule_invalid", message }];
  });
}

/** Schedules that are well formed and name no moment, such as the 30th of February: some people switch a function off so. */
function idleSchedules(config: FunctionConfig, now: EpochMs): readonly string[] {
  return config.triggers.flatMap((trigger) => {
    if (trigger.kind !== "cron") return [];
    const compiled = compileSchedule(trigger, config.slug);
    const isIdle = compiled.kind === "schedule" && compiled.schedule.nextAfter(now) === undefined;
    return isIdle ? [`${config.slug}: the schedule "${trigger.cron}" names no moment; it never fires`] : [];
  });
}

interface ExpressionSource {
  readonly option: string;
  readonly code: ErrorCode;
  readonly source: string | undefined;
  /** What it speaks of besides `event`. */
  readonly more?: readonly string[];
}

function expressionsOf(config: FunctionConfig): readonly ExpressionSource[] {
  const { options } = config;
  const triggers = config.triggers.map(
    (trigger, index) =>
      ({
        option: `triggers[${index}].expression`,
        code: "expression_invalid",
        source: trigger.kind === "event" ? trigger.expression : undefined,
      }) as const,
  );
  const cancels = (options.cancel ?? []).map(
    (rule, index) => ({ option: `cancelOn[${index}].if`, code: "cancellation_invalid", source: rule.if, more: laterEvent }) as const,
  );
  const limits = [...(options.concurrency?.step ?? []), ...(options.concurrency?.fn ?? [])].map(
    (limit) => ({ option: "concurrency.key", code: "concurrency_key_invalid", source: limit.key }) as const,
  );
  return [
    ...triggers,
    ...cancels,
    ...limits,
    { option: "batchEvents.key", code: "batch_key_expression_invalid", source: options.batchEvents?.key },
    { option: "batchEvents.if", code: "batch_if_expression_invalid", source: options.batchEvents?.if },
    { option: "rateLimit.key", code: "rate_limit_invalid", source: options.rateLimit?.key },
    { option: "throttle.key", code: "throttle_invalid", source: options.throttle?.key },
    { option: "debounce.key", code: "debounce_invalid", source: options.debounce?.key },
    { option: "circuitBreaker.key", code: "circuit_breaker_invalid", source: options.circuitBreaker?.key },
    { option: "singleton.key", code: "singleton_invalid", source: options.singleton?.key },
    { option: "priority.run", code: "priority_invalid", source: options.priority?.run },
    { option: "idempotency", code: "idempotency_invalid", source: options.idempotency },
  ];
}
