import type { Engine } from "@stepwell/engine";
import type { AlertKeeper } from "../alerts/alert-keeper.ts";
import type { StoreFacts } from "../store-facts.ts";
import type { MetricsTally } from "./metrics-tally.ts";

export interface MetricsParts {
  readonly engine: Engine;
  readonly tally: MetricsTally;
  readonly about: { readonly version: string; readonly mode: string; readonly store: string };
  readonly alerts: Pick<AlertKeeper, "open"> | undefined;
  readonly storeFacts: (() => StoreFacts) | undefined;
}

/** The text of `/metrics`. What makes it is loaded when somebody asks for the first time. */
export function serverMetrics(parts: MetricsParts): () => Promise<{ readonly contentType: string; readonly text: string }> {
  let text: ReturnType<typeof import("./metrics-registry.ts").metricsText> | undefined;
  return async () => {
    text ??= (await import("./metrics-registry.ts")).metricsText(parts);
    return text();
  };
}
