import { EventSchemas, Stepwell } from "stepwell";
import { z } from "zod";
import { act } from "../services.ts";

const schemas = new EventSchemas()
  .fromSchema({ "user/created": z.object({ user: z.string(), email: z.email() }) })
  .fromRecord<{ "user/deleted": { data: { user: string } } }>();

export const stepwell = new Stepwell({ id: "accounts", schemas });

export const welcome = stepwell.createFunction(
  { id: "welcome", triggers: { event: "user/created" } },
  async ({ event, step }) => {
    await step.run("greet", () => act(`greet ${event.data.email.toLowerCase()}`));
    await step.sendEvent("forget", { name: "user/deleted", data: { user: event.data.user } });
  },
);

export const audit = stepwell.createFunction(
  { id: "audit", triggers: { event: "user/*" } },
  async ({ event, step }) => {
    const mail = event.name === "user/created" ? event.data.email : "no address";
    await step.run("write-down", () => act(`${event.name} ${event.data.user}, ${mail}`));
  },
);
