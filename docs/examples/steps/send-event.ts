import { stepwell } from "../client.ts";
import { stock } from "../services.ts";

export const pack = stepwell.createFunction(
  { id: "pack", triggers: { event: "shop/order.paid" } },
  async ({ event, step }) => {
    const { items, order } = event.data;
    await step.run("reserve", () => Promise.all(items.map(stock.reserve)));
    const { ids } = await step.sendEvent("tell-the-world", [
      { name: "shop/order.packed", data: { order } },
      { name: "shop/stock.changed", data: { items } },
    ]);
    return ids.length;
  },
);
