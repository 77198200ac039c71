import { H3 } from "h3";
import { serve } from "stepwell/h3";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const app = new H3();
app.all("/api/stepwell", serve({ client: stepwell, functions: [fulfil] }));
