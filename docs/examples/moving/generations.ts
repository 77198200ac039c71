import { Inngest } from "stepwell";
import { act } from "../services.ts";

const inngest = new Inngest({ id: "shop" });

export const elder = inngest.createFunction(
  { id: "elder", retries: 2 },
  { event: "shop/order.placed" },
  async ({ event, step }) => {
    await step.run("book", () => act(`book ${event.data.order}`));
  },
);

export const newer = inngest.createFunction(
  { id: "newer", retries: 2, triggers: [{ event: "shop/order.placed" }] },
  async ({ event, step }) => {
    await step.run("book", () => act(`book ${event.data.order}`));
  },
);
