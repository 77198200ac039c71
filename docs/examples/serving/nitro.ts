import { defineEventHandler } from "h3";
import { serve } from "stepwell/nitro";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export default defineEventHandler(serve({ client: stepwell, functions: [fulfil] }));
