import { fastify } from "fastify";
import { serve } from "stepwell/fastify";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const app = fastify();
app.route({
  method: ["GET", "POST", "PUT"],
  url: "/api/stepwell",
  handler: serve({ client: stepwell, functions: [fulfil] }),
});
