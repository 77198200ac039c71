import { eventType, Stepwell } from "stepwell";
import { z } from "zod";
import { act } from "../services.ts";

const stepwell = new Stepwell({ id: "shop" });

export const orderPlaced = eventType("shop/order.placed", {
  schema: z.object({ order: z.string(), total: z.number().positive() }),
});

export const orderPaid = eventType("shop/order.paid", {
  schema: z.object({ order: z.string(), by: z.enum(["card", "transfer"]) }),
  version: "2",
});

export const fulfil = stepwell.createFunction(
  { id: "fulfil", triggers: orderPlaced },
  async ({ event, step }) => {
    const { order, total } = event.data;
    const paid = await step.waitForEvent("wait-for-payment", {
      event: orderPaid,
      match: "data.order",
      timeout: "2d",
    });
    if (paid === null) return "expired";
    await step.run("ship", () => act(`ship ${order}, ${total.toFixed(2)} by ${paid.data.by}`));
    return "shipped";
  },
);

export async function placeOrder(order: string, total: number): Promise<void> {
  await stepwell.send(orderPlaced.create({ order, total }, { id: `placed-${order}` }));
}
