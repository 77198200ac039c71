import { stepwell } from "../client.ts";
import { act, payments } from "../services.ts";

export const order = stepwell.createFunction(
  { id: "order", triggers: { event: "shop/order.placed" } },
  async ({ event, step }) => {
    const charge = await step.run("charge", () =>
      payments.charge(event.data.order, event.data.total),
    );
    await step.run({ id: "book", name: "Book the payment" }, () => act(`book ${charge.id}`));
    return charge.total;
  },
);

export const label = stepwell.createFunction(
  { id: "label", triggers: { event: "shop/order.packed" } },
  async ({ event, step }) => {
    const { order, address } = event.data;
    return step.run("print", (to: string) => act(`label ${order} for ${to}`), address);
  },
);
