import { Stepwell } from "stepwell";

export const stepwell = new Stepwell({ id: "shop", isDev: true });

export const fulfil = stepwell.createFunction({ id: "fulfil", triggers: [{ event: "order/placed" }] }, async ({ event, step }) =>
  step.run("charge", () => ({ charged: event.data.total })),
);
