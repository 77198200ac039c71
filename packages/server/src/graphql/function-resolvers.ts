import { limits } from "@stepwell/protocol";
import type { FunctionRecord } from "@stepwell/store";
import { wireTrigger } from "../routes/wire-trigger.ts";
import type { Resolvers } from "./resolvers.ts";

/** `Function`. */
export const functionResolvers: Resolvers<FunctionRecord> = {
  id: ({ uuid }) => uuid,
  appID: (record, { parts }) => parts.engine.apps().find(({ id }) => id === record.appId)?.uuid,
  app: (record, { parts }) => parts.engine.apps().find(({ id }) => id === record.appId),
  config: ({ slug, config }) => JSON.stringify({ id: slug, ...config, triggers: config.triggers.map(wireTrigger) }),
  configuration: ({ config }) => ({ retries: { value: config.retries, isDefault: config.retries === limits.retriesDefault } }),
  concurrency: () => 0,
  triggers: ({ config }) =>
    config.triggers.map((trigger) =>
      trigger.kind === "event"
        ? { type: "EVENT", value: trigger.event, condition: trigger.expression }
        : { type: "CRON", value: trigger.cron },
    ),
  url: ({ config }) => config.url,
};
