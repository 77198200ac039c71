import { Middleware, Stepwell } from "stepwell";
import { act } from "../services.ts";

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
  toString() {
    return `€${(this.cents / 100).toFixed(2)}`;
  }
}

class WithMoney extends Middleware.BaseMiddleware {
  readonly id = "with-money";

  /** What is recorded. */
  override async wrapStepHandler({ next }: Middleware.WrapStepHandlerArgs) {
    const result = await next();
    return result instanceof Money ? { cents: result.cents } : result;
  }

  /** What the function gets, whether the step has just run or was remembered. */
  override async wrapStep({ next }: Middleware.WrapStepArgs) {
    const result = (await next()) as { readonly cents?: number } | null;
    return typeof result?.cents === "number" ? new Money(result.cents) : result;
  }
}

const stepwell = new Stepwell({ id: "shop", middleware: [WithMoney] });

export const invoice = stepwell.createFunction(
  { id: "invoice", triggers: { event: "shop/order.shipped" } },
  async ({ event, step }) => {
    const total = await step.run("add-up", () => new Money(event.data.cents));
    await step.sleep("end-of-month", "20d");
    return step.run("mail", () => act(`invoice over ${total}`));
  },
);
