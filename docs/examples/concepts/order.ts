import { stepwell } from "../client.ts";
import { act, mail, payments } from "../services.ts";

export const onboarding = stepwell.createFunction(
  { id: "onboarding", triggers: { event: "user/created" } },
  async ({ event, step }) => {
    const account = await step.run("create-account", () => act(`account ${event.data.user}`));

    await step.sleep("first-day", "1d");

    await step.run("send-tips", () => mail.send(event.data.user, "Three tips"));
    return { account: account.at };
  },
);

export const lottery = stepwell.createFunction(
  { id: "lottery", triggers: { event: "lottery/closed" } },
  async ({ event, step }) => {
    const winner = await step.run("draw", () => {
      const { tickets } = event.data;
      return { ticket: tickets[Math.floor(Math.random() * tickets.length)], drawnAt: Date.now() };
    });

    await step.sleep("suspense", "1h");
    await step.run("announce", () => act(`winner ${winner.ticket}`));
    return winner;
  },
);

export const charge = stepwell.createFunction(
  { id: "charge", triggers: { event: "shop/order.placed" } },
  async ({ event, step, runId }) => {
    const { order, total } = event.data;
    await step.run("charge", () =>
      payments.charge(order, total, { idempotencyKey: `${runId}-charge` }),
    );
  },
);

export async function placeOrder(order: string, total: number): Promise<void> {
  await stepwell.send({ name: "shop/order.placed", data: { order, total }, id: `placed-${order}` });
}
