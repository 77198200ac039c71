import { Middleware, Stepwell } from "stepwell";
import { act } from "../services.ts";

class Tenants extends Middleware.BaseMiddleware {
  readonly id = "tenants";

  override transformSendEvent(args: Middleware.TransformSendEventArgs) {
    const events = args.events.map((event) => ({
      ...event,
      data: { tenant: "acme", ...event.data },
    }));
    return { ...args, events };
  }
}

const stepwell = new Stepwell({ id: "shop" });

export const audit = stepwell.createFunction(
  { id: "audit", triggers: { event: "shop/order.paid" }, middleware: [Tenants] },
  async ({ event, step }) => {
    await step.sendEvent("tell", { name: "audit/written", data: { order: event.data.order } });
    await step.run("note", () => act(`audit ${event.data.order}`));
  },
);
