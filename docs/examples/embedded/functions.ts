import { stepwell } from "../client.ts";
import { act, mail } from "../services.ts";

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
