import { Middleware, Stepwell } from "stepwell";
import { act } from "../services.ts";

/** How long each step took, in ms. */
export const took = new Map<string, number>();

class Timing extends Middleware.BaseMiddleware {
  readonly id = "timing";

  override async wrapStepHandler({ next, stepInfo }: Middleware.WrapStepHandlerArgs) {
    const startedAt = performance.now();
    try {
      return await next();
    } finally {
      took.set(stepInfo.options.id, performance.now() - startedAt);
    }
  }
}

const stepwell = new Stepwell({ id: "shop", middleware: [Timing] });

export const pack = stepwell.createFunction(
  { id: "pack", triggers: { event: "shop/order.paid" } },
  ({ event, step }) => step.run("wrap", () => act(`wrap ${event.data.order}`)),
);
