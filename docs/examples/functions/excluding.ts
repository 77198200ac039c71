import { stepwell } from "../client.ts";
import { act, payments } from "../services.ts";

export const importCatalogue = stepwell.createFunction(
  {
    id: "import-catalogue",
    triggers: { event: "catalogue/changed" },
    singleton: { mode: "skip", key: "event.data.shop" },
  },
  async ({ event, step }) => {
    await step.run("import", () => act(`import ${event.data.shop}`));
    await step.sleep("settle", "5m");
  },
);

export const rebuildIndex = stepwell.createFunction(
  {
    id: "rebuild-index",
    triggers: { event: "index/changed" },
    singleton: { mode: "cancel" },
  },
  async ({ event, step }) => {
    await step.sleep("collect-changes", "1m");
    await step.run("build", () => act(`build ${event.data.version}`));
  },
);

export const chargeOnce = stepwell.createFunction(
  {
    id: "charge-once",
    triggers: { event: "shop/order.paid" },
    idempotency: "event.data.order",
  },
  ({ event, step }) =>
    step.run("charge", () => payments.charge(event.data.order, event.data.total)),
);

export const sendSurvey = stepwell.createFunction(
  {
    id: "send-survey",
    triggers: { event: "shop/order.delivered" },
    idempotency: { key: "event.data.user", window: "30d" },
  },
  ({ event, step }) => step.run("send", () => act(`survey ${event.data.user}`)),
);
