import { createEngine } from "@stepwell/embedded";
import { welcome } from "./functions.ts";

const engine = await createEngine({
  functions: [welcome],
  store: "data/stepwell.db",
  stopsOnSignals: true,
});

console.log("open", engine.file);
