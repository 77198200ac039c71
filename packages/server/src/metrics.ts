import type { Engine } from "@stepwell/engine";

/** The text of `/metrics`. What makes it is loaded when somebody asks for the first time. */
export function serverMetrics(engine: Engine): () => Promise<{ readonly contentType: string; readonly text: string }> {
  let registry: ReturnType<typeof import("./metrics-registry.ts").metricsRegistry> | undefined;
  return async () => {
    registry ??= (await import("./metrics-registry.ts")).metricsRegistry(engine);
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}
