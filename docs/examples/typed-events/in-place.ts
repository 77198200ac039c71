import { Stepwell } from "stepwell";
import { z } from "zod";
import { act } from "../services.ts";

const stepwell = new Stepwell({ id: "shop" });

export const pack = stepwell.createFunction(
  {
    id: "pack",
    triggers: {
      event: "shop/order.paid",
      schema: z.object({ order: z.string(), items: z.array(z.string()).min(1) }),
    },
  },
  async ({ event, step }) => {
    const { order, items } = event.data;
    await step.run("pack", () => act(`pack ${items.join(" and ")}`));
    const label = await step.waitForEvent("wait-for-label", {
      event: "shop/label.printed",
      schema: z.object({ order: z.string(), weight: z.coerce.number() }),
      timeout: "1d",
    });
    if (label === null) return "no label";
    await step.run("send", () => act(`send ${order}, ${label.data.weight.toFixed(1)} kg`));
    return "sent";
  },
);
