import { createEngine, type EmbeddedEngine } from "@stepwell/embedded";
import { render } from "./functions.ts";

/** Two films at once are enough for this machine, and none takes more than ten minutes. */
export function openStudio(file: string): Promise<EmbeddedEngine> {
  return createEngine({
    functions: [render],
    store: file,
    callsInFlightMax: 2,
    callMsMax: 600_000,
  });
}
