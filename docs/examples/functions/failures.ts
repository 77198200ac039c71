import { stepwell } from "../client.ts";
import { act, mail } from "../services.ts";

export const provision = stepwell.createFunction(
  {
    id: "provision",
    retries: 1,
    triggers: { event: "account/created" },
    onFailure: async ({ error, event, step }) => {
      const { account } = event.data.event.data;
      await step.run("tell-support", () =>
        mail.send("support@example.com", `${account}: ${error.message}`),
      );
    },
  },
  ({ event, step }) => step.run("create-database", () => act(`database ${event.data.account}`)),
);

export const syncInvoices = stepwell.createFunction(
  {
    id: "sync-invoices",
    retries: 20,
    triggers: { event: "invoice/changed" },
    circuitBreaker: { failures: 3, window: "5m", cooldown: "1m", key: "event.data.host" },
  },
  ({ event, step }) => step.run("send", () => act(`invoice ${event.data.id}`)),
);

export const bookCourier = stepwell.createFunction(
  {
    id: "book-courier",
    retries: 20,
    triggers: { event: "parcel/packed" },
    circuitBreaker: { rate: 0.5, window: "10m", cooldown: "5m", halfOpen: 3 },
  },
  ({ event, step }) => step.run("book", () => act(`courier for ${event.data.parcel}`)),
);
