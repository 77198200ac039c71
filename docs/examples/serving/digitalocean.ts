import { serve } from "stepwell/digitalocean";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const main = serve({
  client: stepwell,
  functions: [fulfil],
  serveOrigin: "https://faas-fra1.example.com",
});
