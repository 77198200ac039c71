import type { EmbeddedEngine } from "@stepwell/embedded";
import { Hono } from "hono";

export function routes(engine: EmbeddedEngine): Hono {
  const app = new Hono();
  app.get("/runs/:id", async (context) => {
    const run = await engine.runs.get(context.req.param("id"));
    return run === undefined ? context.notFound() : context.json({ status: run.status });
  });
  app.get("/breakers", (context) => context.json(engine.engine.breakers.list()));
  app.get("/health", (context) => context.body(null, engine.isStopped ? 503 : 200));
  app.post("/shutdown", async (context) => {
    await engine.stop({ graceMs: 30_000 });
    return context.body(null, 204);
  });
  return app;
}
