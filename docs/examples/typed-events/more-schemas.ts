import { EventSchemas, Stepwell } from "stepwell";
import { z } from "zod";
import { act } from "../services.ts";

interface UserCreated {
  name: "user/created";
  data: { user: string };
}
interface UserDeleted {
  name: "user/deleted";
  data: { user: string; reason: string };
}

/** As a tool has written it. */
type Generated = { "shop/stock.changed": { data: { item: string; left: number } } };

const schemas = new EventSchemas()
  .fromUnion<UserCreated | UserDeleted>()
  .fromGenerated<Generated>()
  .fromZod({ "shop/order.paid": { data: z.object({ order: z.string() }) } });

export const stepwell = new Stepwell({ id: "shop", schemas });

export const log = stepwell.createFunction(
  {
    id: "log",
    triggers: [
      { event: "user/deleted" },
      { event: "shop/stock.changed" },
      { event: "shop/order.paid" },
    ],
  },
  async ({ event, step }) => {
    await step.run("log", () => {
      if (event.name === "user/deleted") return act(`${event.data.user}: ${event.data.reason}`);
      if (event.name === "shop/stock.changed") return act(`${event.data.left} left`);
      return act("paid");
    });
  },
);
