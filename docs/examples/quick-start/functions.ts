import { Stepwell } from "stepwell";

export const stepwell = new Stepwell({ id: "shop" });

export const fulfil = stepwell.createFunction(
  { id: "fulfil-order", triggers: { event: "shop/order.placed" } },
  async ({ event, step }) => {
    const charge = await step.run("charge-card", () => ({ charged: event.data.total }));
    await step.sleep("let-the-ink-dry", "3s");
    await step.run("send-receipt", () => console.log("receipt for", charge.charged));
    return charge;
  },
);
