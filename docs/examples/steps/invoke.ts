import { referenceFunction, staticSchema } from "stepwell";
import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const price = stepwell.createFunction({ id: "price", triggers: [] }, ({ event }) => ({
  total: event.data.pieces * 12,
}));

const makeInvoice = referenceFunction({
  appId: "accounting",
  functionId: "make-invoice",
  schemas: { return: staticSchema<{ number: string }>() },
});

export const quote = stepwell.createFunction(
  { id: "quote", triggers: { event: "quote/requested" } },
  async ({ event, step }) => {
    const { total } = await step.invoke("price", {
      function: price,
      data: { pieces: event.data.pieces },
    });
    const invoice = await step.invoke("invoice", {
      function: makeInvoice,
      data: { order: event.data.order },
      timeout: "1h",
      propagateCancel: true,
    });
    await step.run("send", () => act(`quote ${total} as ${invoice.number}`));
  },
);
