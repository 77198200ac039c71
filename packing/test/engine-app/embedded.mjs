// Runs a function on an engine in this process, asks the engine's API for the run, and prints both.

import { createEngine } from "@stepwell/embedded";
import { createApi } from "@stepwell/embedded/api";
import { Stepwell } from "stepwell";

const stepwell = new Stepwell({ id: "shop" });
const fulfil = stepwell.createFunction({ id: "fulfil", triggers: [{ event: "order/placed" }] }, async ({ event, step }) =>
  step.run("charge", () => ({ charged: event.data.total })),
);

const engine = await createEngine({ functions: [fulfil], store: { file: "embedded.db" } });
const api = createApi(engine);
const { runId } = await engine.invoke(fulfil, { data: { total: 42 } });
const { output } = await engine.result(runId);
const response = await api(new Request("http://localhost/api/v1/runs"));
const { data } = await response.json();
await engine.stop();
process.stdout.write(JSON.stringify({ output, statuses: data.map(({ status }) => status) }));
