import { stepwell } from "../client.ts";
import { act, payments, stock } from "../services.ts";

export const fulfil = stepwell.createFunction(
  { id: "fulfil", triggers: { event: "shop/order.placed" } },
  async ({ event, step }) => {
    const { order, total, item } = event.data;
    const [charge] = await Promise.all([
      step.run("charge", () => payments.charge(order, total)),
      step.run("reserve", () => stock.reserve(item)),
    ]);
    return step.run("ship", () => act(`ship ${order} (${charge.id})`));
  },
);

export const resizeAll = stepwell.createFunction(
  { id: "resize-all", triggers: { event: "album/uploaded" } },
  async ({ event, step }) => {
    const sizes = await Promise.all(
      event.data.images.map((image: string) =>
        step.run(`resize-${image}`, () => act(`resize ${image}`)),
      ),
    );
    return sizes.length;
  },
);
