import { serve } from "stepwell/edge";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const handler = serve({
  client: stepwell,
  functions: [fulfil],
  serveOrigin: "https://shop.example.com",
  servePath: "/jobs/stepwell",
});
