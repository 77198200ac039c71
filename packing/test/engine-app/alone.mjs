// Runs a function on an engine in this process, and looks for the API of a server that is not installed.

import { createEngine } from "@stepwell/embedded";
import { Stepwell } from "stepwell";

const stepwell = new Stepwell({ id: "shop" });
const fulfil = stepwell.createFunction({ id: "fulfil", triggers: [{ event: "order/placed" }] }, async ({ event, step }) =>
  step.run("charge", () => ({ charged: event.data.total })),
);

const engine = await createEngine({ functions: [fulfil], store: { file: "alone.db" } });
const { runId } = await engine.invoke(fulfil, { data: { total: 42 } });
const { output } = await engine.result(runId);
await engine.stop();
const api = await import("@stepwell/embedded/api").catch((error) => error.message);
process.stdout.write(JSON.stringify({ output, api }));
