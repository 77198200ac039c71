import { NonRetriableError, RetryAfterError } from "stepwell";
import { stepwell } from "../client.ts";
import { act, payments } from "../services.ts";

export const capture = stepwell.createFunction(
  { id: "capture", retries: 2, triggers: { event: "shop/order.shipped" } },
  async ({ event, step }) => {
    await step.run("charge", () => payments.charge(event.data.order, event.data.total));
    await step.run("book", () => act(`book ${event.data.order}`));
  },
);

export const importFeed = stepwell.createFunction(
  { id: "import-feed", triggers: { event: "feed/published" } },
  async ({ event, step }) => {
    await step.run("download", async () => {
      const response = await download(event.data.url);
      if (response.status === 404) throw new NonRetriableError("the feed is gone");
      if (response.status === 429) throw new RetryAfterError("too many requests", "90s");
      return response.body;
    });
  },
);

/** What the feed's host answers, in this order. */
export const answers: { status: number; body: string }[] = [];

async function download(url: string): Promise<{ status: number; body: string }> {
  await act(`download ${url}`);
  return answers.shift() ?? { status: 200, body: "" };
}
