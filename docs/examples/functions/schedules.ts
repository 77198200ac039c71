import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const nightly = stepwell.createFunction(
  { id: "nightly", triggers: { cron: "0 3 * * *" } },
  ({ event, step }) =>
    step.run("clean-up", () => act(`nightly ${new Date(event.ts).toISOString()}`)),
);

export const morningReport = stepwell.createFunction(
  { id: "morning-report", triggers: { cron: "TZ=Europe/Paris 30 8 * * 1-5" } },
  ({ event, step }) => step.run("report", () => act(`report ${new Date(event.ts).toISOString()}`)),
);

export const exchangeRates = stepwell.createFunction(
  {
    id: "exchange-rates",
    triggers: { cron: "*/15 * * * *", jitter: "2m", catchUp: "none", overlap: "skip" },
  },
  async ({ event, step }) => {
    await step.run("fetch", () => act(`rates ${new Date(event.ts).toISOString()}`));
    await step.sleep("publish-later", "20m");
    await step.run("publish", () => act("publish rates"));
  },
);

export const closeTheDay = stepwell.createFunction(
  { id: "close-the-day", triggers: { cron: "0 0 * * *", catchUp: "all" } },
  ({ event, step }) =>
    step.run("close", () => act(`close the day before ${event.data.scheduledAt.slice(0, 10)}`)),
);
