import { stepwell } from "../client.ts";
import { mail } from "../services.ts";

export const trial = stepwell.createFunction(
  { id: "trial", triggers: { event: "trial/started" } },
  async ({ event, step }) => {
    await step.sleep("three-days", "3d");
    await step.run("tips", () => mail.send(event.data.user, "Three tips"));

    await step.sleepUntil("end-of-trial", event.data.endsAt);
    await step.run("goodbye", () => mail.send(event.data.user, "Your trial is over"));
  },
);
