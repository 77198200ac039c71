import { stepwell } from "../client.ts";
import { act, films, mail } from "../services.ts";

export const welcome = stepwell.createFunction(
  { id: "welcome", triggers: { event: "user/created" } },
  async ({ event, step }) => {
    await step.run("greet", () => mail.send(event.data.email, "Welcome"));
    await step.sleep("a-moment", "50ms");
    return step.run("count", () => act(`count ${event.data.email}`));
  },
);

export const approval = stepwell.createFunction(
  { id: "approval", triggers: { event: "expense/filed" } },
  ({ step }) => step.waitForSignal("answer", { signal: "approve", timeout: "1d" }),
);

export const order = stepwell.createFunction(
  { id: "order", retries: 0, triggers: { event: "shop/order.placed" } },
  ({ event, step }) => step.run("charge", () => act(`charge ${event.data.order}`)),
);

export const render = stepwell.createFunction(
  { id: "render", retries: 0, triggers: { event: "film/cut" } },
  ({ event, step }) => step.run("render", () => films.render(event.data.film)),
);
