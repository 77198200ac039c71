import { stepwell } from "../client.ts";
import { act, mail, stock } from "../services.ts";

export const checkout = stepwell.createFunction(
  { id: "checkout", triggers: { event: "shop/checkout.begun" } },
  async ({ event, step }) => {
    const paid = await step.waitForEvent("wait-for-payment", {
      event: "shop/checkout.paid",
      match: "data.checkout",
      timeout: "2h",
    });
    if (paid === null) {
      await step.run("release", () => stock.release(event.data.item));
      return "expired";
    }
    await step.run("thank", () => mail.send(paid.data.payer, "Thank you"));
    return "paid";
  },
);

export const approval = stepwell.createFunction(
  { id: "approval", triggers: { event: "expense/filed" } },
  async ({ event, step }) => {
    const answer = await step.waitForEvent("wait-for-a-manager", {
      event: "expense/answered",
      if: "async.data.expense == event.data.expense && async.data.role == 'manager'",
      timeout: "7d",
      lookback: "run",
    });
    await step.run("file", () =>
      act(`${event.data.expense}: ${answer?.data.answer ?? "no answer"}`),
    );
  },
);

export const parcel = stepwell.createFunction(
  { id: "parcel", triggers: { event: "parcel/sent" } },
  async ({ event, step }) => {
    const arrival = await step.waitForEvent("wait-for-arrival", {
      events: ["parcel/delivered", "parcel/returned"],
      match: "data.parcel",
      timeout: "14d",
    });
    const what = arrival === null ? "lost" : arrival.name;
    return step.run("note", () => act(`${event.data.parcel}: ${what}`));
  },
);
