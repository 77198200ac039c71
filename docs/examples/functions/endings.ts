import { stepwell } from "../client.ts";
import { act, mail } from "../services.ts";

export const reminder = stepwell.createFunction(
  {
    id: "reminder",
    triggers: { event: "shop/cart.filled" },
    cancelOn: [
      { event: "shop/order.placed", match: "data.cart" },
      { event: "user/deleted", if: "async.data.user == event.data.user" },
    ],
  },
  async ({ event, step }) => {
    await step.sleep("wait-a-day", "1d");
    await step.run("remind", () => mail.send(event.data.user, "Your cart is waiting"));
  },
);

export const ship = stepwell.createFunction(
  {
    id: "ship",
    triggers: { event: "shop/order.paid" },
    cancelOn: [{ event: "shop/order.withdrawn", match: "data.order", timeout: "2h" }],
  },
  async ({ event, step }) => {
    await step.sleep("until-the-van-comes", "8h");
    await step.run("ship", () => act(`ship ${event.data.order}`));
  },
);

export const ticket = stepwell.createFunction(
  {
    id: "ticket",
    triggers: { event: "ticket/opened" },
    timeouts: { start: "10m", finish: "2h" },
  },
  async ({ event, step }) => {
    await step.run("assign", () => act(`assign ${event.data.ticket}`));
    await step.waitForEvent("answered", {
      event: "ticket/answered",
      match: "data.ticket",
      timeout: "5d",
    });
  },
);

export const queuedTicket = stepwell.createFunction(
  {
    id: "queued-ticket",
    triggers: { event: "ticket/opened" },
    concurrency: { fn: [{ limit: 1 }] },
    timeouts: { start: "10m" },
  },
  async ({ event, step }) => {
    await step.run("assign", () => act(`assign ${event.data.ticket}`));
    await step.waitForEvent("answered", { event: "ticket/answered", timeout: "1h" });
  },
);
