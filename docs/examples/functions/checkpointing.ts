import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const longJob = stepwell.createFunction(
  {
    id: "long-job",
    triggers: { event: "job/requested" },
    checkpointing: { maxRuntime: "5m", bufferedSteps: 10, maxInterval: "2s" },
  },
  async ({ event, step }) => {
    for (const part of event.data.parts) {
      await step.run(`part-${part}`, () => act(`part ${part}`));
    }
  },
);

export const oneCallPerStep = stepwell.createFunction(
  { id: "one-call-per-step", checkpointing: false, triggers: { event: "job/requested" } },
  async ({ step }) => {
    await step.run("first", () => act("first"));
    await step.run("second", () => act("second"));
  },
);
