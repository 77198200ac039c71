import { Stepwell } from "stepwell";
import { act } from "../services.ts";

/** What was written, for the tests. */
export const lines: string[] = [];
const write = (...words: readonly unknown[]) => void lines.push(words.map(String).join(" "));
const logger = { info: write, warn: write, error: write, debug: write };

const stepwell = new Stepwell({ id: "shop", logger });

export const receipt = stepwell.createFunction(
  { id: "receipt", triggers: { event: "shop/order.paid" } },
  async ({ event, step, logger }) => {
    logger.info("a receipt for", event.data.order);
    await step.run("print", () => {
      logger.info("printing");
      return act(`print ${event.data.order}`);
    });
    await step.sleep("let-it-dry", "1m");
    logger.info("done");
  },
);
