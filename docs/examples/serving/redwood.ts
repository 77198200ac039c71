import { serve } from "stepwell/redwood";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const handler = serve({ client: stepwell, functions: [fulfil] });
