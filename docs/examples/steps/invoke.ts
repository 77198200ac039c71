import { referenceFunction, staticSchema } from "stepwell";
import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const price = stepwell.createFunction({ id: "price", triggers: [] }, ({ event }) => ({
  total: event.data.pieces * 12,
}));

const makeInvoice = referenceFunction({
  appId: "accounting",
  functionId: "make-invoice",
  schemas: {
    data: staticSchema<{ order: string }>(),
    return: staticSchema<{ number: string }>(),
  },
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

export const discount = stepwell.createFunction({ id: "discount", triggers: [] }, ({ event }) => {
  const percent = event.v === "2" ? event.data.percent : event.data.discount * 100;
  return { percent, visit: event.meta?.sessions?.visit };
});

export const offer = stepwell.createFunction(
  { id: "offer", triggers: { event: "offer/requested" } },
  ({ event, step }) =>
    step.invoke("discount", {
      function: discount,
      data: { percent: event.data.percent },
      v: "2",
      meta: event.meta,
    }),
);
