import { createEngine } from "@stepwell/embedded";
import { approval, welcome } from "./functions.ts";

await using engine = await createEngine({ functions: [welcome, approval], store: "data/acts.db" });

// Starts a run whatever the function's triggers are, and waits for its end.
const { runId } = await engine.invoke(welcome, { data: { email: "ada@example.com" } });
const run = await engine.result(runId);
console.log(run.status, run.output);

for (const { name, state } of await engine.runs.steps(runId)) console.log(name, state);

const stop = engine.observe((occurrence) => {
  if (occurrence.kind === "run.ended") console.log("ended", occurrence.slug, occurrence.status);
});

const waiting = await engine.invoke(approval);
await engine.sendSignal({ signal: "approve", data: { by: "ada" } });
await engine.result(waiting.runId);

const unwanted = await engine.invoke(approval);
await engine.cancel(unwanted.runId);
stop();

console.log((await engine.runs.list({ statuses: ["cancelled"], limit: 10 })).length);
