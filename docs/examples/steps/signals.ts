import { z } from "zod";
import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const deploy = stepwell.createFunction(
  { id: "deploy", triggers: { event: "release/tagged" } },
  async ({ event, step }) => {
    const go = await step.waitForSignal("wait-for-go", {
      signal: `deploy/${event.data.release}`,
      timeout: "1d",
      onConflict: "replace",
      schema: z.object({ by: z.string() }),
    });
    if (go === null) return "nobody said go";
    await step.run("deploy", () => act(`deploy ${event.data.release} for ${go.data.by}`));
    return "deployed";
  },
);

export async function approve(release: string, by: string): Promise<boolean> {
  const { runId } = await stepwell.sendSignal({ signal: `deploy/${release}`, data: { by } });
  return runId !== undefined;
}

export const autoApprove = stepwell.createFunction(
  { id: "auto-approve", triggers: { event: "release/tested" } },
  ({ event, step }) =>
    step.sendSignal("say-go", { signal: `deploy/${event.data.release}`, data: { by: "CI" } }),
);

export const inspect = stepwell.createFunction(
  { id: "inspect", triggers: { event: "machine/reported" } },
  async ({ event, step }) => {
    const { machine } = event.data;
    try {
      await step.waitForSignal("wait-for-inspector", {
        signal: `inspected/${machine}`,
        timeout: "7d",
        onConflict: "fail",
      });
      return "inspected";
    } catch {
      return "an inspector is on the way already";
    }
  },
);
