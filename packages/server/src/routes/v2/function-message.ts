import { isFailureHandler } from "@stepwell/engine";
import { type FunctionConfig, formatDuration, type Trigger } from "@stepwell/protocol";
import type { AppRecord, FunctionRecord } from "@stepwell/store";
import { message } from "./message.ts";
import { localId } from "./run-message.ts";

/** A function in the words of the second version. */
export function functionMessage(
  record: FunctionRecord,
  app: AppRecord,
  functions: readonly FunctionRecord[],
): Readonly<Record<string, unknown>> {
  const { config, slug, name, archivedAt } = record;
  const handler = functions.find((each) => each.slug === `${slug}-failure` && isFailureHandler(each.config));
  return message({
    id: localId(slug, app.name),
    name,
    slug,
    isArchived: archivedAt !== undefined,
    app: { id: app.name },
    triggers: config.triggers.map(triggerMessage),
    failureHandler: handler && { slug: handler.slug, name: handler.name },
    configuration: configurationMessage(config),
  });
}

function triggerMessage(trigger: Trigger): Readonly<Record<string, unknown>> {
  if (trigger.kind === "cron") return message({ type: "CRON", value: trigger.cron });
  return message({ type: "EVENT", value: trigger.event, if: trigger.expression });
}

function configurationMessage({ retries, options }: FunctionConfig): Readonly<Record<string, unknown>> {
  const { cancel, priority, batchEvents: batch, concurrency, rateLimit, debounce, throttle, singleton } = options;
  const spans = (ms: number): string => formatDuration(ms);
  return message({
    cancellations: cancel?.map((rule) => message({ event: rule.event, timeout: rule.timeout, condition: rule.if })),
    retries: message({ value: retries }),
    priority: priority?.run,
    eventsBatch: batch && message({ maxSize: batch.maxSize, timeout: spans(batch.timeoutMs), key: batch.key }),
    concurrency: [...(concurrency?.step ?? []), ...(concurrency?.fn ?? [])].map(({ scope, limit, key }) =>
      message({ scope: scopes[scope], limit: message({ value: limit }), key }),
    ),
    rateLimit: rateLimit && message({ limit: rateLimit.limit, period: spans(rateLimit.periodMs), key: rateLimit.key }),
    debounce: debounce && message({ period: spans(debounce.periodMs), key: debounce.key }),
    throttle: throttle && message({ burst: throttle.burst, key: throttle.key, limit: throttle.limit, period: spans(throttle.periodMs) }),
    singleton: singleton && message({ mode: singleton.mode.toUpperCase(), key: singleton.key }),
  });
}

const scopes = { fn: "FUNCTION", env: "ENVIRONMENT", account: "ACCOUNT" } as const;
