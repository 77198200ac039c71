import { serve } from "stepwell/lambda";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const handler = serve({ client: stepwell, functions: [fulfil] });
