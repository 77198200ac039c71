// A function with a mistake, as it was deployed first, and without it, as it is deployed then.

import type { WaitingFunction } from "./waiting-cases.ts";

const isMended = process.env["DEPLOY"] === "mended";

class CardTimeout extends Error {
  override readonly name = "CardTimeout";
}

function charge(order: unknown): string {
  if (!isMended) throw new CardTimeout(`no answer for order ${String(order)} in 250 ms`);
  return "paid";
}

export const failingFunctions: readonly WaitingFunction[] = [
  {
    name: "order",
    options: { retries: 0 },
    handler: async ({ step, event, runId }) => {
      const loaded = await step.run("load", () => ({ by: runId }));
      const charged = await step.run("charge", () => charge(event.data["order"]));
      return { loaded, charged };
    },
  },
];
