import { EventSchemas, Inngest, InngestMiddleware } from "stepwell";
import { act } from "../services.ts";

type Events = {
  "shop/order.placed": { data: { order: string; total: number } };
};

const audit = new InngestMiddleware({
  name: "audit",
  init: () => ({
    onFunctionRun: ({ ctx }) => ({
      finished: async () => void (await act(`audited ${ctx.event.name}`)),
    }),
  }),
});

const inngest = new Inngest({
  id: "shop",
  schemas: new EventSchemas().fromRecord<Events>(),
  middleware: [audit],
});

export const invoice = inngest.createFunction(
  { id: "invoice" },
  { event: "shop/order.placed" },
  async ({ event, step }) => {
    await step.run("write", () => act(`invoice over ${event.data.total.toFixed(2)}`));
  },
);
