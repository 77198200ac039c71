import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const largeOrder = stepwell.createFunction(
  { id: "large-order", triggers: { event: "shop/order.placed", if: "event.data.total > 1000" } },
  ({ event, step }) => step.run("call-customer", () => act(`call about ${event.data.order}`)),
);

export const audit = stepwell.createFunction(
  { id: "audit", triggers: { event: "shop/order.*" } },
  ({ event, step }) => step.run("write-down", () => act(`audit ${event.name}`)),
);

export const bookkeeping = stepwell.createFunction(
  {
    id: "bookkeeping",
    triggers: [
      { event: "shop/order.paid" },
      { event: "shop/order.refunded", if: "event.data.total > 0" },
      { cron: "0 6 * * *" },
    ],
  },
  async ({ event, step }) => {
    if (event.name === "inngest/scheduled.timer") {
      await step.run("close-day", () => act("close the day"));
    } else {
      await step.run("book", () => act(`book ${event.name}`));
    }
  },
);

export const tax = stepwell.createFunction({ id: "tax", triggers: [] }, ({ event }) => ({
  tax: event.data.total * 0.2,
}));
