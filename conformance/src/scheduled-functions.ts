// Functions that run by schedules, in an app that is started for them alone: they never rest.

import type { HandlerInput } from "./cases.ts";

export interface ScheduledFunction {
  readonly name: string;
  readonly triggers: readonly ({ readonly cron: string } | { readonly event: string })[];
  readonly handler: (input: HandlerInput) => unknown;
}

export const scheduledFunctions: readonly ScheduledFunction[] = [
  {
    name: "every-second",
    triggers: [{ cron: "* * * * * *" }],
    handler: async ({ event, step }) => ({ event, saved: await step.run("save", () => event.data["scheduledAt"]) }),
  },
  {
    name: "in-tokyo",
    triggers: [{ cron: "TZ=Asia/Tokyo */2 * * * * *" }],
    handler: ({ event }) => event.data["cron"],
  },
  {
    name: "three-triggers",
    triggers: [{ cron: "*/2 * * * * *" }, { cron: "*/4 * * * * *" }, { event: "conformance/three-triggers" }],
    handler: ({ event }) => ({ name: event.name, cron: event.data["cron"] ?? null }),
  },
  {
    name: "never",
    triggers: [{ cron: "0 0 30 2 *" }],
    handler: () => "never",
  },
];
