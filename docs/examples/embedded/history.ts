import { createEngine, type EmbeddedEngine } from "@stepwell/embedded";
import { order } from "./functions.ts";

const day = 86_400_000;

export function openShop(file: string): Promise<EmbeddedEngine> {
  return createEngine({
    functions: [order],
    store: file,
    retention: {
      runsMs: 7 * day,
      failedMs: 60 * day,
      failuresMs: 365 * day,
      tracesMs: 2 * day,
      eventsMs: 30 * day,
      runsMax: 1_000_000,
    },
  });
}
