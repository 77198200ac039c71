import { fastify } from "fastify";
import { fastifyPlugin } from "stepwell/fastify";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const app = fastify();
app.register(fastifyPlugin, {
  client: stepwell,
  functions: [fulfil],
  options: { servePath: "/jobs/stepwell" },
});
