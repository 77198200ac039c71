import { dependencyInjectionMiddleware, Stepwell } from "stepwell";
import { mail } from "../services.ts";

const stepwell = new Stepwell({
  id: "shop",
  middleware: [dependencyInjectionMiddleware({ mail })],
});

export const thank = stepwell.createFunction(
  { id: "thank", triggers: { event: "shop/order.paid" } },
  ({ event, step, mail }) => step.run("thank", () => mail.send(event.data.user, "Thank you")),
);
