import { Stepwell } from "stepwell";
import { act } from "../services.ts";

const stepwell = new Stepwell({ id: "reports", checkpointing: { bufferedSteps: 10 } });

export const report = stepwell.createFunction(
  { id: "report", triggers: { event: "report/due" } },
  async ({ step }) => {
    await step.run("read", () => act("read"));
    await step.run("add-up", () => act("add up"));
  },
);

export const transfer = stepwell.createFunction(
  { id: "transfer", triggers: { event: "transfer/due" }, checkpointing: true },
  async ({ step }) => {
    await step.run("take", () => act("take"));
    await step.run("give", () => act("give"));
  },
);
