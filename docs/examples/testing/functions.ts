import { stepwell } from "../client.ts";
import { act, mail, payments } from "../services.ts";

export const drip = stepwell.createFunction(
  { id: "drip", triggers: { event: "user/created" } },
  async ({ event, step }) => {
    const { email } = event.data;
    await step.run("welcome", () => mail.send(email, "Welcome"));
    await step.sleep("three-days", "3d");
    await step.run("tips", () => mail.send(email, "Three tips"));
    const bought = await step.waitForEvent("bought", {
      event: "order/paid",
      match: "data.email",
      timeout: "27d",
    });
    if (bought) return "customer";
    await step.sendEvent("lost", { name: "user/lost", data: { email } });
    return "lost";
  },
);

export const order = stepwell.createFunction(
  { id: "order", retries: 3, triggers: { event: "order/placed" } },
  async ({ event, step }) => {
    const charge = await step.run("charge", () => payments.charge(event.data.order, 5));
    await step.run("ship", () => act(`ship ${event.data.order}`));
    return charge.id;
  },
);

export const report = stepwell.createFunction(
  { id: "report", triggers: { cron: "0 9 * * 1" } },
  async ({ step }) => {
    const answer = await step.fetch("https://figures.example/last-week");
    const { total } = (await answer.json()) as { total: number };
    return step.run("mail", () => mail.send("team@example.com", `Total: ${total}`));
  },
);

export const expense = stepwell.createFunction(
  { id: "expense", triggers: { event: "expense/filed" } },
  async ({ event, step }) => {
    const { id, by, due } = event.data;
    const answer = await step.waitForSignal<{ by: string }>("answer", {
      signal: `expense/${id}`,
      timeout: due,
    });
    if (answer === null) return "expired";
    await step.sendEvent("tell", { name: "expense/approved", data: { id, by: answer.data.by } });
    return step.run("pay", (to: string) => act(`pay ${to}`), by);
  },
);

export const digest = stepwell.createFunction(
  { id: "digest", triggers: { event: "digest/due" } },
  async ({ event, step }) => {
    const readers: string[] = await step.run("find-readers", () => event.data.readers);
    await step.sendEvent(
      "ask-for-mails",
      readers.map((reader) => ({ name: "digest/mail.due", data: { reader } })),
    );
  },
);

export const digestMail = stepwell.createFunction(
  { id: "digest-mail", concurrency: 5, triggers: { event: "digest/mail.due" } },
  ({ event, step }) =>
    step.run("mail", (to: string) => mail.send(to, "Your digest"), event.data.reader),
);

export const payOut = stepwell.createFunction(
  {
    id: "pay-out",
    circuitBreaker: { failures: 3, cooldown: "1m" },
    triggers: { event: "payout/due" },
  },
  ({ event, step }) => step.run("pay", () => act(`pay ${event.data.to}`)),
);
