import { stepwell } from "../client.ts";
import { mail } from "../services.ts";

export const welcome = stepwell.createFunction(
  {
    id: "welcome",
    name: "Welcome mail",
    description: "Greets a new user once",
    triggers: { event: "user/created" },
  },
  async ({ event, step }) => {
    await step.run("send-mail", () => mail.send(event.data.email, "Welcome!"));
  },
);

export const goodbye = stepwell.createFunction(
  { id: "goodbye" },
  { event: "user/deleted" },
  async ({ event, step }) => {
    await step.run("send-mail", () => mail.send(event.data.email, "Goodbye."));
  },
);
