import { serve } from "stepwell/astro";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const { GET, POST, PUT } = serve({ client: stepwell, functions: [fulfil] });
