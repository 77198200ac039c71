import type { EngineOptions } from "./engine-interface.ts";

/** What holds where the parts do not say otherwise. */
export const engineDefaults: EngineOptions = {
  mode: "dev",
  retryIntervalMs: undefined,
  // More connections to one app cost it more than they bring; a call that hangs holds one place of so many.
  callsInFlightMax: 250,
  bornLeasedMax: 20_000,
  retention: {},
};
