import { step } from "stepwell";
import { stepwell } from "../client.ts";
import { mail } from "../services.ts";

async function remindTwice(user: string): Promise<void> {
  await step.run("first", () => mail.send(user, "A reminder"));
  await step.sleep("a-week", "7d");
  await step.run("second", () => mail.send(user, "The last reminder"));
}

export const dues = stepwell.createFunction(
  { id: "dues", triggers: { event: "dues/open" } },
  async ({ event }) => {
    await remindTwice(event.data.user);
  },
);
