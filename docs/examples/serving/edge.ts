import { serve } from "stepwell/edge";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const handler: (request: Request) => Promise<Response> = serve({
  client: stepwell,
  functions: [fulfil],
});
