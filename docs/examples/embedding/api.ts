import type { EmbeddedEngine } from "@stepwell/embedded";
import { createApi } from "@stepwell/embedded/api";
import { Hono } from "hono";

export function withApi(engine: EmbeddedEngine, isAdmin: (request: Request) => boolean): Hono {
  const server = new Hono();
  const api = createApi(engine, { basePath: "/stepwell" });
  server.all("/stepwell/*", async (context) => {
    if (!isAdmin(context.req.raw)) return context.text("Sign in first", 401);
    return api(context.req.raw);
  });
  return server;
}
