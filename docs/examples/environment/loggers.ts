import { ConsoleLogger, Stepwell } from "stepwell";
import { act } from "../services.ts";

/** What was written, for the tests. */
export const lines: string[] = [];
const write = (...words: readonly unknown[]) => void lines.push(words.map(String).join(" "));
const logger = { info: write, warn: write, error: write, debug: write };

export const stepwell = new Stepwell({
  id: "shop",
  logger,
  internalLogger: new ConsoleLogger({ level: "error" }),
});

export const pack = stepwell.createFunction(
  { id: "pack", triggers: { event: "shop/order.paid" } },
  async ({ event, step, logger }) => {
    logger.info("packs", event.data.order);
    await step.run("pack", () => act(`pack ${event.data.order}`));
  },
);
