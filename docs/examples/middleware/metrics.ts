import { Middleware, Stepwell } from "stepwell";
import { act } from "../services.ts";

/** How often each thing has happened; stands for the metrics of a real application. */
export const counts = new Map<string, number>();
const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);

class Metrics extends Middleware.BaseMiddleware {
  readonly id = "metrics";

  override onRunStart({ fn }: Middleware.OnRunStartArgs) {
    count(`${fn.slug} started`);
  }

  override onStepStart({ stepInfo }: Middleware.OnStepStartArgs) {
    count(`${stepInfo.options.id} tried`);
  }

  override onStepComplete({ stepInfo }: Middleware.OnStepCompleteArgs) {
    count(`${stepInfo.options.id} done`);
  }

  override onStepError({ stepInfo, isFinalAttempt }: Middleware.OnStepErrorArgs) {
    count(`${stepInfo.options.id} ${isFinalAttempt ? "failed" : "to be tried again"}`);
  }

  override onRunComplete({ fn }: Middleware.OnRunCompleteArgs) {
    count(`${fn.slug} completed`);
  }

  override onRunError({ fn, isFinalAttempt }: Middleware.OnRunErrorArgs) {
    if (isFinalAttempt) count(`${fn.slug} failed`);
  }
}

const stepwell = new Stepwell({ id: "shop", middleware: [Metrics] });

export const charge = stepwell.createFunction(
  { id: "charge", retries: 1, triggers: { event: "shop/order.placed" } },
  async ({ event, step }) => {
    await step.run("reserve", () => act(`reserve ${event.data.order}`));
    await step.sleep("think-it-over", "1h");
    await step.run("pay", () => act(`pay ${event.data.order}`));
  },
);
