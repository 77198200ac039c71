import { invoke, Stepwell } from "stepwell";
import { z } from "zod";

const stepwell = new Stepwell({ id: "shop" });

export const price = stepwell.createFunction(
  { id: "price", triggers: invoke(z.object({ pieces: z.number().int() })) },
  ({ event }) => ({ total: event.data.pieces * 12 }),
);

export const quote = stepwell.createFunction(
  { id: "quote", triggers: { event: "quote/requested" } },
  async ({ event, step }) => {
    const { total } = await step.invoke("price", {
      function: price,
      data: { pieces: event.data.pieces },
    });
    return total.toFixed(2);
  },
);
