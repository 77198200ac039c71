// The same in the other module system.

const { createEngine } = require("@stepwell/embedded");
const { createApi } = require("@stepwell/embedded/api");
const { Stepwell } = require("stepwell");

const stepwell = new Stepwell({ id: "shop" });
const fulfil = stepwell.createFunction({ id: "fulfil", triggers: [{ event: "order/placed" }] }, async ({ event, step }) =>
  step.run("charge", () => ({ charged: event.data.total })),
);

async function main() {
  const engine = await createEngine({ functions: [fulfil], store: { file: "embedded-cjs.db" } });
  const api = createApi(engine);
  const { runId } = await engine.invoke(fulfil, { data: { total: 42 } });
  const { output } = await engine.result(runId);
  const response = await api(new Request("http://localhost/api/v1/runs"));
  const { data } = await response.json();
  await engine.stop();
  process.stdout.write(JSON.stringify({ output, statuses: data.map(({ status }) => status) }));
}

void main();
