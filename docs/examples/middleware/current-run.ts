import { AsyncLocalStorage } from "node:async_hooks";
import { Middleware, Stepwell } from "stepwell";
import { act } from "../services.ts";

const currentRun = new AsyncLocalStorage<string>();

class CurrentRun extends Middleware.BaseMiddleware {
  readonly id = "current-run";

  override wrapFunctionHandler({ ctx, next }: Middleware.WrapFunctionHandlerArgs) {
    return currentRun.run(ctx.runId, next);
  }

  override wrapStepHandler({ ctx, next }: Middleware.WrapStepHandlerArgs) {
    return currentRun.run(ctx.runId, next);
  }
}

/** Code that knows nothing of functions. */
const audit = (what: string) => act(`${what} by ${currentRun.getStore() ?? "nobody"}`);

const stepwell = new Stepwell({ id: "shop", middleware: [CurrentRun] });

export const refund = stepwell.createFunction(
  { id: "refund", triggers: { event: "shop/order.returned" } },
  async ({ event, step }) => {
    await audit(`look at ${event.data.order}`);
    await step.run("refund", () => audit(`refund ${event.data.order}`));
  },
);
