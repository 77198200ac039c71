import { Stepwell } from "stepwell";
import { act } from "../services.ts";

/** What was written, for the tests. */
export const notes: unknown[][] = [];
const write = (...words: readonly unknown[]) => void notes.push([...words]);
const logger = { info: write, warn: write, error: write, debug: write };

const stepwell = new Stepwell({ id: "shop", logger });

export const translate = stepwell.createFunction(
  { id: "translate", retries: 2, triggers: { event: "article/written" } },
  async ({ event, step, attempt, maxAttempts, logger, runId, requestId, jobId }) => {
    logger.info("translates", { runId, requestId, jobId });
    const service = attempt < maxAttempts - 1 ? "fast" : "thorough";
    return step.run("translate", () => act(`${service} translation of ${event.data.article}`));
  },
);
