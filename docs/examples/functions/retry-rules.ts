import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const pollBank = stepwell.createFunction(
  {
    id: "poll-bank",
    triggers: { event: "payment/announced" },
    retries: { limit: 6, backoff: "exponential", base: "2s", max: "20s" },
  },
  ({ event, step }) => step.run("ask", () => act(`ask the bank about ${event.data.payment}`)),
);

export const askCourier = stepwell.createFunction(
  {
    id: "ask-courier",
    triggers: { event: "parcel/late" },
    retries: { limit: 3, backoff: "linear", base: "1m", jitter: 0.25 },
  },
  ({ event, step }) => step.run("ask", () => act(`ask for ${event.data.parcel}`)),
);

export const syncStock = stepwell.createFunction(
  {
    id: "sync-stock",
    triggers: { event: "stock/changed" },
    retries: (attempt, error) => {
      if (error.message.includes("no such item")) return false;
      return error.message.includes("locked") ? "500ms" : attempt * 10_000;
    },
  },
  ({ event, step }) => step.run("sync", () => act(`sync ${event.data.item}`)),
);

export const mirrorStock = stepwell.createFunction(
  {
    id: "mirror-stock",
    triggers: { event: "stock/changed" },
    retries: {
      limit: 10,
      delay: (_attempt, error) => (/locked/.test(error.message) ? "1m" : "1h"),
    },
  },
  ({ event, step }) => step.run("mirror", () => act(`mirror ${event.data.item}`)),
);
