// The same in the other module system.

const { createServer } = require("node:http");
const { NonRetriableError, Stepwell } = require("stepwell");
const { serve } = require("stepwell/node");
const { report } = require("./report.cjs");

const stepwell = new Stepwell({ id: "shop", isDev: true });
const fulfil = stepwell.createFunction({ id: "fulfil", triggers: [{ event: "order/placed" }] }, async ({ event, step }) =>
  step.run("charge", () => ({ charged: event.data.total })),
);
const refuse = stepwell.createFunction({ id: "refuse", triggers: [{ event: "order/placed" }] }, async () => {
  throw new NonRetriableError("never");
});

void report(createServer(serve({ client: stepwell, functions: [fulfil, refuse] })), async (subpath) => require(subpath));
