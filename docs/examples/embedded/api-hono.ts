import { serve } from "@hono/node-server";
import { createEngine } from "@stepwell/embedded";
import { createApi } from "@stepwell/embedded/api";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { welcome } from "./functions.ts";

const engine = await createEngine({ functions: [welcome], store: "data/stepwell.db" });
const api = createApi(engine, { basePath: "/stepwell" });

const app = new Hono();
app.use("/stepwell/*", bearerAuth({ token: process.env.ADMIN_TOKEN ?? "secret" }));
app.all("/stepwell/*", (context) => api(context.req.raw));

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) =>
  console.log("listens on", port),
);
