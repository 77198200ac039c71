import { createEngine } from "@stepwell/embedded";
import { approval, welcome } from "./functions.ts";

const day = 86_400_000;

const engine = await createEngine({
  functions: [welcome, approval],
  store: { file: "data/stepwell.db", synchronous: "full", reader: "worker" },
  retention: { runsMs: 30 * day, failedMs: 90 * day, eventsMs: 14 * day },
  callsInFlightMax: 250,
  callMsMax: 2 * 3_600_000,
  stopsOnSignals: true,
});

console.log("open", engine.file);
