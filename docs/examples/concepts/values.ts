import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const trip = stepwell.createFunction(
  { id: "trip", triggers: { event: "trip/planned" } },
  async ({ event, step }) => {
    const plan = await step.run("plan", () => ({
      leaves: new Date(event.data.leaves),
      stops: new Map([["Bath", 2]]),
    }));
    await step.sleepUntil("departure", plan.leaves);
    await step.run("go", () => act(`${plan.stops.get("Bath")} nights in Bath`));
    return plan.leaves;
  },
);
