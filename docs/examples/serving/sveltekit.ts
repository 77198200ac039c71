import { serve } from "stepwell/sveltekit";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const { GET, POST, PUT } = serve({ client: stepwell, functions: [fulfil] });
