// An application as it installs the package: serves a function, is called as a server calls it, and prints what came of it.

import { createServer } from "node:http";
import { NonRetriableError, Stepwell } from "stepwell";
import { serve } from "stepwell/node";
import { report } from "./report.cjs";

const stepwell = new Stepwell({ id: "shop", isDev: true });
const fulfil = stepwell.createFunction({ id: "fulfil", triggers: [{ event: "order/placed" }] }, async ({ event, step }) =>
  step.run("charge", () => ({ charged: event.data.total })),
);
const refuse = stepwell.createFunction({ id: "refuse", triggers: [{ event: "order/placed" }] }, async () => {
  throw new NonRetriableError("never");
});

await report(createServer(serve({ client: stepwell, functions: [fulfil, refuse] })), (subpath) => import(subpath));
